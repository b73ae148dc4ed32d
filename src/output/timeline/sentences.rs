//! The timeline in sentences.

use std::fmt::Write as _;
use std::time::Duration;

use super::heading;
use crate::output::chart::{Chart, in_seconds, plain};
use crate::recording::{End, Recording};
use crate::timeline::{Bar, Timeline};

/// The timeline in sentences, task by task: for a screen reader, or for `grep`.
pub fn sentences(recording: &Recording) -> String {
    let chart = Timeline::new(recording);
    let mut text = heading(recording) + "\n";
    let rows = counted(chart.rows().len(), "row");
    let lines = counted(chart.len(), "line");
    let _ = writeln!(text, "{rows}, {lines}, {}.", in_seconds(recording.end()));
    for row in chart.rows() {
        let _ = writeln!(text, "\n{}:", plain(chart.name(row)));
        let bars = chart
            .bars(row)
            .filter(|bar| bar.from < bar.to || bar.ended.is_none());
        let bars = bars.map(|bar| (bar.from, bar.begun, sentence(&chart, bar)));
        let said = row.lines().iter().filter_map(|index| {
            let line = chart.line(*index)?;
            let (t, number) = (in_seconds(line.t), index + 1);
            let sentence = format!("At {t} it prints line {number}: {}", plain(line.text));
            Some((line.t, line.event, sentence))
        });
        let end = row.end.map(|(end, t, event)| {
            let how = match end {
                End::Finished => "finishes",
                End::Failed => "returns an error",
                End::Cancelled => "is cancelled",
                End::Panicked => "panics",
            };
            (t, event, format!("At {} it {how}.", in_seconds(t)))
        });
        let mut told: Vec<_> = bars.chain(said).chain(end).collect();
        told.sort_by_key(|(t, event, _)| (*t, *event));
        if told.is_empty() {
            told.push((Duration::ZERO, 0, "It prints and does nothing.".to_owned()));
        }
        for (_, _, sentence) in told {
            let _ = writeln!(text, "  {sentence}");
        }
    }
    text
}

/// "From 0 s to 0.5 s it waits for semaphore permits; file-0 releases it."
fn sentence(chart: &Chart<'_>, bar: &Bar) -> String {
    let (does, from) = (plain(&chart.words(bar)), in_seconds(bar.from));
    if bar.ended.is_none() {
        return format!("From {from} on it {does}, and that never ends.");
    }
    let end = match chart.wakes(bar) {
        Some(wakes) => format!("; {}", plain(&wakes)),
        None if !bar.done => ", but not to the end".to_owned(),
        None => String::new(),
    };
    format!("From {from} to {} it {does}{end}.", in_seconds(bar.to))
}

fn counted(number: usize, thing: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{ending}")
}
