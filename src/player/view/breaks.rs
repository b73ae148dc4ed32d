//! The switches that break the recipe, to choose from.

use ratatui::Frame;
use ratatui::text::{Line, Span};

use super::super::state::Breaks;
use super::super::theme::{MARK, Theme, faint, strong};

pub fn draw(frame: &mut Frame<'_>, breaks: &Breaks, theme: Theme) {
    let what = if breaks.beside {
        "Compare with"
    } else {
        "Break it"
    };
    let mut lines = vec![Line::styled(what, strong())];
    for (nth, (switch, help)) in breaks.switches.iter().enumerate() {
        let mark = if nth == breaks.selected { MARK } else { " " };
        let style = if nth == breaks.selected {
            theme.wrong()
        } else {
            faint()
        };
        lines.push(Line::from_iter([
            Span::raw(format!("{mark} ")),
            Span::styled(switch.as_str(), style),
            Span::raw(format!("  {help}")),
        ]));
    }
    super::over(frame, &lines);
}
