//! The first row and the last: what runs and how far it is, and the keys.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use super::super::keys::Binding;
use super::super::prompt::Prompt;
use super::super::run::Run;
use super::super::state::{Front, State};
use super::super::theme::{Theme, faint, seconds, strong};
use crate::output::width::width;

/// What runs on the left, how far it is on the right.
pub fn title(frame: &mut Frame<'_>, run: &Run, theme: Theme) {
    let area = Rect {
        height: 1,
        ..frame.area()
    };
    let status = status(run);
    let width = width_of(&status).min(area.width);
    let right = Rect {
        x: area.right() - width,
        width,
        ..area
    };
    frame.render_widget(status, right);
    let left = Rect {
        width: (area.width - width).saturating_sub(1),
        ..area
    };
    let options = shlex::try_join(run.piece.options.iter().map(String::as_str));
    let mut spans = vec![Span::raw(" "), Span::styled(&*run.recipe.name, strong())];
    match options {
        Ok(options) if !options.is_empty() => spans.push(Span::raw(format!(" {options}"))),
        _ => {}
    }
    if let Some(switch) = &run.piece.broken {
        spans.push(Span::styled(format!(" {switch}"), theme.wrong()));
    }
    spans.push(Span::styled(format!("  seed {}", run.piece.seed), faint()));
    if run.piece.schedule != 0 {
        let schedule = format!("  schedule {}", run.piece.schedule);
        spans.push(Span::styled(schedule, faint()));
    }
    frame.render_widget(Line::from_iter(spans), left);
}

/// `PAUSED 12/42 0.639 s 1×`: the state is always a word, too.
fn status(run: &Run) -> Line<'static> {
    let (glyph, word) = match &run.predict {
        Some(_) => ("?", "PREDICT"),
        None if run.head.is_at_end() => ("■", "END"),
        None if run.playing => ("►", "PLAYING"),
        None => ("‖", "PAUSED"),
    };
    let at = format!("{}/{}", run.head.position().at, run.head.len());
    let (now, pace) = (seconds(run.now()), run.pace());
    Line::from_iter([
        Span::styled(format!("{glyph} {word}"), strong()),
        Span::raw(format!(" {at} {now} s {pace} ")),
    ])
}

/// A line that is typed, a sentence, or the keys that count now.
pub fn footer(frame: &mut Frame<'_>, state: &State, theme: Theme) {
    let screen = frame.area();
    let area = Rect {
        y: screen.bottom() - 1,
        height: 1,
        ..screen
    };
    match (&state.front, &state.notice) {
        (Some(Front::Prompt(line)), _) if state.waiting.is_none() => {
            prompt(frame, area, line, theme);
        }
        (_, Some(notice)) => {
            let text = Line::styled(format!(" {notice}"), strong());
            frame.render_widget(text, area);
        }
        _ => frame.render_widget(keys(state.keys(), area.width), area),
    }
}

/// As many keys as there is room for.
fn keys(table: &[Binding], room: u16) -> Line<'static> {
    let mut line = Line::default();
    for row in table.iter().filter(|row| !row.short.is_empty()) {
        let gap = if line.spans.is_empty() { " " } else { "  " };
        let entry = [
            Span::raw(gap),
            Span::styled(row.name, strong()),
            Span::styled(format!(" {}", row.short), faint()),
        ];
        let longer: Line<'_> = line.iter().chain(&entry).cloned().collect();
        if width_of(&longer) <= room {
            line = longer;
        }
    }
    line
}

/// How many columns a line takes.
fn width_of(line: &Line<'_>) -> u16 {
    let columns: usize = line.iter().map(|span| width(&span.content)).sum();
    u16::try_from(columns).unwrap_or(u16::MAX)
}

/// The line with its cursor, and above it what is wrong with it.
fn prompt(frame: &mut Frame<'_>, area: Rect, prompt: &Prompt, theme: Theme) {
    let label = format!(" {}: ", prompt.purpose.label());
    let before = width(&label) + width(prompt.before_cursor());
    // The cursor stays in sight.
    let hidden = before.saturating_sub(usize::from(area.width.saturating_sub(1)));
    let line = Line::from_iter([Span::styled(label, strong()), Span::raw(prompt.text())]);
    let hidden = u16::try_from(hidden).unwrap_or(u16::MAX);
    let text = ratatui::widgets::Paragraph::new(line).scroll((0, hidden));
    frame.render_widget(text, area);
    let x = u16::try_from(before)
        .unwrap_or(u16::MAX)
        .saturating_sub(hidden);
    frame.set_cursor_position(Position::new(area.x + x, area.y));
    if let Some(why) = &prompt.error {
        super::over(frame, &[Line::styled(format!("✗ {why}"), theme.wrong())]);
    }
}
