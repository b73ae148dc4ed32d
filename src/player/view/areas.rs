//! Where things are on the screen.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::super::run::{PANES, Pane, Run};
use super::super::theme::faint;
use super::rule;

/// From this width on, two panes stand beside each other; three from the next.
const TWO: u16 = 100;
const THREE: u16 = 160;

/// Rows that the timeline takes besides its lanes: a rule and the axis.
pub const ABOVE_LANES: u16 = 2;

/// With fewer rows than these the log goes before the timeline.
const LEAST_BODY: u16 = 6;

/// Rows that a question takes.
const QUESTION: u16 = 7;

/// The parts of a run's screen.
pub struct Areas {
    /// All between the first row and the last.
    pub body: Rect,
    /// The lanes.
    pub timeline: Rect,
    /// The panes in sight, each with its rule on top.
    pub panes: Vec<(Pane, Rect)>,
    /// What comes next?
    pub question: Option<Rect>,
    lower: Rect,
}

impl Areas {
    /// Divides the screen.
    pub fn of(screen: Rect, run: &Run) -> Self {
        let body = Rect {
            y: screen.y + 1,
            height: screen.height.saturating_sub(2),
            ..screen
        };
        let (body, question) = match run.predict {
            Some(_) => {
                // On a small screen the note has to give way.
                let rows = if body.height < 2 * LEAST_BODY {
                    QUESTION - 1
                } else {
                    QUESTION
                };
                let (body, question) = split_rows(body, body.height.saturating_sub(rows));
                (body, Some(question))
            }
            None => (body, None),
        };
        let lanes = u16::try_from(run.timeline.rows().len()).unwrap_or(u16::MAX);
        let most = (body.height * 9 / 20).saturating_sub(ABOVE_LANES).max(2);
        let rows = if body.height < LEAST_BODY {
            0
        } else {
            lanes.clamp(1, most) + ABOVE_LANES
        };
        let (timeline, lower) = split_rows(body, rows);
        Self {
            body,
            timeline,
            panes: panes(lower, run.pane),
            question,
            lower,
        }
    }

    /// The rules above the panes and between them.
    pub fn rules(&self, frame: &mut Frame<'_>, run: &Run) {
        if let [_] = self.panes[..] {
            let titles = PANES.map(|pane| (title(pane), pane == run.pane));
            rule(frame, self.lower, &titles);
            return;
        }
        for (nth, (pane, area)) in self.panes.iter().enumerate() {
            rule(frame, *area, &[(title(*pane), *pane == run.pane)]);
            if nth > 0 {
                for y in area.y..area.bottom() {
                    let glyph = if y == area.y { "┬" } else { "│" };
                    let place = Rect::new(area.x - 1, y, 1, 1);
                    frame.render_widget(Line::styled(glyph, faint()), place);
                }
            }
        }
    }
}

fn title(pane: Pane) -> &'static str {
    match pane {
        Pane::Log => "Log",
        Pane::Source => "Source",
        Pane::Page => "Page",
    }
}

fn panes(area: Rect, focus: Pane) -> Vec<(Pane, Rect)> {
    let beside = match (area.width, focus) {
        (THREE.., _) => vec![Pane::Log, Pane::Source, Pane::Page],
        (TWO.., Pane::Page) => vec![Pane::Log, Pane::Page],
        (TWO.., _) => vec![Pane::Log, Pane::Source],
        (_, focus) => vec![focus],
    };
    let count = u16::try_from(beside.len()).unwrap_or(1);
    let width = (area.width + 1) / count;
    let place = |nth: u16| Rect {
        x: area.x + nth * width,
        width: if nth + 1 == count {
            area.width - nth * width
        } else {
            width - 1
        },
        ..area
    };
    (0..)
        .map(place)
        .zip(beside)
        .map(|(area, pane)| (pane, area))
        .collect()
}

/// The upper rows, and the others.
pub fn split_rows(area: Rect, rows: u16) -> (Rect, Rect) {
    let rows = rows.min(area.height);
    let upper = Rect {
        height: rows,
        ..area
    };
    let lower = Rect {
        y: area.y + rows,
        height: area.height - rows,
        ..area
    };
    (upper, lower)
}
