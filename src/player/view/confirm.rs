//! A command from a file, all of it, and whether to run it.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::super::confirm::Confirm;
use super::super::theme::{Theme, faint, strong};
use super::LEAST;
use crate::output::width::clusters;

pub fn draw(frame: &mut Frame<'_>, confirm: &Confirm, theme: Theme) {
    let area = frame.area();
    if fits(area, confirm) {
        super::over(frame, &lines(area, confirm, theme));
    } else {
        let why = "This recording comes from a file, and its command does not fit this screen: it \
                   cannot be run from here. A larger screen may show it.";
        super::over(frame, &[Line::styled(why, theme.wrong())]);
    }
}

/// Whether all of it can be seen on a screen of that size.
pub fn fits(area: Rect, confirm: &Confirm) -> bool {
    let rows = texts(area, confirm).iter().map(Vec::len).sum::<usize>() + 1;
    area.width >= LEAST.0 && area.height >= LEAST.1 && rows + 4 <= area.height.into()
}

/// The question and the command, in rows.
fn texts(area: Rect, confirm: &Confirm) -> [Vec<String>; 2] {
    let width = usize::from(area.width.saturating_sub(4)).max(1);
    let question = if confirm.without_options {
        "Commands from a file are never run. Run the recipe with its own?"
    } else {
        "This command comes from a file. Run it?"
    };
    [question, &confirm.command].map(|text| wrapped(text, width))
}

fn lines(area: Rect, confirm: &Confirm, theme: Theme) -> Vec<Line<'static>> {
    let [question, command] = texts(area, confirm);
    let question = question.into_iter().map(|row| Line::styled(row, strong()));
    let command = command
        .into_iter()
        .map(|row| Line::styled(row, theme.wrong()));
    let keys = Line::styled("y runs it   Esc does not", faint());
    question.chain(command).chain([keys]).collect()
}

/// The text in rows of that width, broken anywhere, so that no space is lost.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut rows = vec![String::new()];
    let mut used = 0;
    for (cluster, columns) in clusters(text) {
        if used + columns > width {
            rows.push(String::new());
            used = 0;
        }
        used += columns;
        if let Some(row) = rows.last_mut() {
            row.push_str(cluster);
        }
    }
    rows
}
