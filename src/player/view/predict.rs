//! What comes next? The question, and when it is answered, the line that came
//! with its source and its note.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};

use super::super::predict::Predict;
use super::super::run::Run;
use super::super::theme::{MARK, Theme, faint, strong};
use super::{below, rule};
use crate::book;

pub fn draw(frame: &mut Frame<'_>, area: Rect, run: &Run, predict: &Predict, theme: Theme) {
    frame.render_widget(Clear, area);
    let score = format!("score {} of {}", predict.right, predict.asked);
    rule(frame, area, &[("What comes next?", true), (&score, false)]);
    let mut lines = Vec::new();
    if predict.candidates.is_empty() {
        lines.push(Line::raw(" Nothing: that was the last line."));
    }
    for (nth, number) in predict.candidates.iter().enumerate() {
        let Some(said) = run.timeline.line(*number) else {
            continue;
        };
        let (mark, style) = match predict.answer {
            Some(_) if *number == predict.truth => ("✓", theme.right()),
            Some(answer) if answer == nth => ("✗", theme.wrong()),
            None if nth == predict.selected => (MARK, strong()),
            _ => (" ", ratatui::style::Style::new()),
        };
        lines.push(Line::from_iter([
            Span::styled(format!(" {mark} {} ", nth + 1), style),
            Span::raw(theme.icon(said.icon)),
            Span::styled(said.text, theme.lane(said.lane)),
        ]));
    }
    if let (Some(right), Some(said)) = (predict.was_right(), run.timeline.line(predict.truth)) {
        let verdict = if right {
            Span::styled(" Right. ", theme.right())
        } else {
            Span::styled(" No. ", theme.wrong())
        };
        let code = run
            .recipe
            .source
            .lines()
            .nth(said.at.line.saturating_sub(1) as usize);
        let code = code.unwrap_or_default().trim();
        let file = said.at.file.rsplit('/').next().unwrap_or_default();
        lines.push(Line::from_iter([
            verdict,
            Span::styled(format!("{file}:{}  ", said.at.line), faint()),
            Span::raw(code.split(" // ").next().unwrap_or_default()),
        ]));
        if let Some(note) = book::note(said.at) {
            lines.push(Line::styled(format!(" ✎ {note}"), strong()));
        }
    }
    let text = Paragraph::new(lines);
    frame.render_widget(text, below(area));
}
