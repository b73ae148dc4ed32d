//! The mouse: click or drag on the timeline seeks, the wheel scrolls.

use ratatui::crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use super::keys::Command;
use super::state::{Effect, State};
use super::view;

/// Rows that one notch of the wheel scrolls.
const NOTCH: i8 = 3;

/// What a mouse does on a screen of that size.
pub fn take(state: &mut State, screen: Rect, mouse: MouseEvent) -> Option<Effect> {
    let place = Position::new(mouse.column, mouse.row);
    match mouse.kind {
        MouseEventKind::Down(MouseButton::Left) | MouseEventKind::Drag(MouseButton::Left) => {
            let run = state.run.as_mut().filter(|run| run.predict.is_none())?;
            if state.front.is_none() && state.waiting.is_none() {
                let time = view::pointed_at(screen, run, place)?;
                run.go(|head| head.seek(time));
            }
            None
        }
        MouseEventKind::ScrollUp => scroll(state, screen, place, -NOTCH),
        MouseEventKind::ScrollDown => scroll(state, screen, place, NOTCH),
        _ => None,
    }
}

fn scroll(state: &mut State, screen: Rect, place: Position, rows: i8) -> Option<Effect> {
    let command = match &mut state.run {
        Some(run) if state.front.is_none() => view::scrolled_at(screen, run, place, rows)?,
        _ => Command::Rows(rows.signum()),
    };
    state.apply(command)
}
