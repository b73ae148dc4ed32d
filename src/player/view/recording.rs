//! A run that takes its real time is watched while it is recorded.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::super::state::{State, Waiting};
use super::super::theme::{Theme, faint, seconds, strong};
use super::{row, rule};
use crate::recording::Kind;

pub fn draw(frame: &mut Frame<'_>, state: &State, waiting: &Waiting, theme: Theme) {
    let screen = frame.area();
    let recipe = state.library[waiting.piece.number];
    let title = Line::from_iter([
        Span::styled(format!(" {}", recipe.name), strong()),
        Span::styled("  RECORDING", theme.wrong()),
        Span::styled("  it plays as soon as it has ended", faint()),
    ]);
    frame.render_widget(title, row(screen, 0));
    let body = Rect {
        y: screen.y + 1,
        height: screen.height - 2,
        ..screen
    };
    rule(frame, body, &[("Log", false)]);
    let body = super::below(body);
    let recording = waiting.live.recording();
    let lines = recording
        .events()
        .rev()
        .filter_map(|event| match event.kind {
            Kind::Line { icon, text } => Some(Line::from_iter([
                Span::styled(format!(" {:>8}  ", seconds(event.t)), faint()),
                Span::raw(theme.icon(icon)),
                Span::styled(text, theme.lane(event.lane.map(|lane| lane.id))),
            ])),
            _ => None,
        });
    let mut lines: Vec<_> = lines.take(body.height.into()).collect();
    lines.reverse();
    frame.render_widget(Paragraph::new(lines), body);
}
