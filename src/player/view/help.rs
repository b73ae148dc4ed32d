//! The keys, from the tables that make them work.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};

use super::super::keys::{ANYWHERE, Binding, MENU, PREDICT, RUN};
use super::super::theme::{DOES, ENDS, LINE, NEWEST, Theme, strong};
use super::rule;
use crate::output::width::padded;

/// What keys do where a recording may be anyone's.
const FROM_A_FILE: [&str; 5] = [
    "   Playing it runs nothing. Keys that",
    "   would run its options show the whole",
    "   command first, and y runs it. Shell",
    "   commands of a file (subprocess) are",
    "   never run, only the recipe's own.",
];

pub fn draw(frame: &mut Frame<'_>, scroll: u16, theme: Theme) {
    let screen = frame.area();
    let area = Rect {
        height: screen.height - 1,
        ..screen
    };
    frame.render_widget(Clear, area);
    rule(frame, area, &[("Keys", true)]);
    let area = super::below(area);
    let [runs, sleeps, task, resource, blocks, starves] = DOES;
    let [finished, failed, cancelled, panicked] = ENDS;
    let signs = [
        format!(
            "{LINE} prints a line   {NEWEST} the newest   {runs}{runs} runs   {sleeps}{sleeps} sleeps"
        ),
        format!("{task}{task} waits for a task   {resource}{resource} waits for a resource"),
        format!("{blocks}{blocks} blocks the others   {starves}{starves} cannot run"),
        format!(
            "{finished} finished   {failed} failed   {cancelled} cancelled   {panicked} panicked"
        ),
    ];
    let tables: [(&str, &[Binding]); 4] = [
        ("In a run", &RUN),
        ("Predict the next line", &PREDICT),
        ("In the menu", &MENU),
        ("Anywhere", &ANYWHERE),
    ];
    let mut left = vec![Line::styled(" On the timeline", strong())];
    left.extend(signs.map(|signs| Line::raw(format!("   {signs}"))));
    let mut right = Vec::new();
    let columns = if area.width >= 100 { 2 } else { 1 };
    for (nth, (title, table)) in tables.into_iter().enumerate() {
        let lines = if columns == 2 && nth > 0 {
            &mut right
        } else {
            &mut left
        };
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        lines.push(Line::styled(format!(" {title}"), strong()));
        lines.extend(
            table
                .iter()
                .filter(|row| !row.does.is_empty())
                .map(|row| entry(row, theme)),
        );
    }
    let lines = if columns == 2 { &mut right } else { &mut left };
    lines.push(Line::default());
    lines.push(Line::styled(" A recording from a file", strong()));
    lines.extend(FROM_A_FILE.map(Line::raw));
    let longest = left.len().max(right.len());
    let last = u16::try_from(longest)
        .unwrap_or(u16::MAX)
        .saturating_sub(area.height);
    let width = area.width / columns;
    for (nth, lines) in (0..columns).zip([left, right]) {
        let place = Rect {
            x: area.x + nth * width,
            width,
            ..area
        };
        frame.render_widget(Paragraph::new(lines).scroll((scroll.min(last), 0)), place);
    }
}

fn entry(row: &Binding, theme: Theme) -> Line<'static> {
    Line::from_iter([
        Span::raw("   "),
        Span::styled(
            padded(row.name, 12),
            theme.look(crate::output::Look::Code).patch(strong()),
        ),
        Span::raw(row.does),
    ])
}
