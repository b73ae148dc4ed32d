//! The timeline for trace viewers such as Perfetto and `chrome://tracing`: a
//! track for each lane, work as complete events, waits as async events, lines
//! as instants. The format is Google's [trace event format], JSON object form.
//!
//! [trace event format]: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU

use std::time::Duration;

use serde_json::{Value, json};

use super::chart::{Chart, command, plain};
use crate::recording::bars::{Bar, bars};
use crate::recording::{Recording, Span};

/// All of a recording is one process.
const PROCESS: u32 = 1;

/// The recording as a trace, its events in the order of time.
pub fn write(recording: &Recording) -> String {
    let chart = Chart::of(recording);
    let mut tracks = Tracks::of(&chart);
    // When, then the number of the event that a row is made of.
    let mut timed = Vec::new();
    for (id, bar) in (1_u32..).zip(bars(recording)) {
        let at = format!("{}:{}", bar.at.file, bar.at.line);
        let (from, to) = (bar.from.as_micros(), bar.to.as_micros());
        match bar.span {
            Span::Work => {
                let row = json!({"ph": "X", "cat": "work", "name": named(bar.what, "work"),
                    "pid": PROCESS, "tid": tracks.place(&bar), "ts": micros(from),
                    "dur": micros(to - from), "args": {"at": at, "ended": bar.ended.is_some()}});
                timed.push((from, bar.begun, row));
            }
            Span::Wait => {
                let half = |phase: &str, ts: u128| {
                    json!({"ph": phase, "cat": "wait", "name": named(bar.what, "wait"), "id": id,
                        "pid": PROCESS, "tid": tracks.main(bar.lane), "ts": micros(ts),
                        "args": {"at": at, "ended": bar.ended.is_some()}})
                };
                timed.push((from, bar.begun, half("b", from)));
                timed.push((to, bar.ended.unwrap_or(usize::MAX), half("e", to)));
            }
        }
    }
    for line in &chart.lines {
        let at = format!("{}:{}", line.at.file, line.at.line);
        let ts = line.t.as_micros();
        let row = json!({"ph": "i", "s": "t", "cat": "line", "name": named(line.text, "line"),
            "pid": PROCESS, "tid": tracks.main(line.lane), "ts": micros(ts),
            "args": {"at": at, "icon": line.icon}});
        timed.push((ts, line.event, row));
    }
    timed.sort_by_key(|(ts, event, _)| (*ts, *event));
    let title = json!({"name": command(recording)});
    let process = json!({"ph": "M", "name": "process_name", "pid": PROCESS, "args": title});
    let rows = tracks
        .named()
        .chain(timed.into_iter().map(|(_, _, row)| row));
    let rows: Vec<_> = [process]
        .into_iter()
        .chain(rows)
        .map(|row| row.to_string())
        .collect();
    format!(
        "{{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n{}\n]}}\n",
        rows.join(",\n")
    )
}

/// The tracks of a trace, the rows' first. On one track complete events must
/// lie within each other; where a lane's do not, it gets another track.
struct Tracks {
    /// Whether the narrator has the first row.
    narrates: bool,
    /// For each track its name and the ends of what has not ended.
    all: Vec<(String, Vec<Duration>)>,
    /// For each row its tracks, as indices.
    of_row: Vec<Vec<usize>>,
}

impl Tracks {
    fn of(chart: &Chart<'_>) -> Self {
        let rows = &chart.rows;
        Self {
            narrates: rows.first().is_some_and(|row| row.lane.is_none()),
            all: rows
                .iter()
                .map(|row| (named(row.name, "lane"), Vec::new()))
                .collect(),
            of_row: (0..rows.len()).map(|row| vec![row]).collect(),
        }
    }

    /// The first track on which this bar lies within all that it meets there.
    fn place(&mut self, bar: &Bar<'_>) -> usize {
        let row = self.row(bar.lane);
        for index in self.of_row[row].clone() {
            let (_, open) = &mut self.all[index];
            while open.pop_if(|end| *end <= bar.from).is_some() {}
            if open.last().is_none_or(|end| *end >= bar.to) {
                open.push(bar.to);
                return index + 1;
            }
        }
        let name = format!("{} ({})", self.all[row].0, self.of_row[row].len() + 1);
        self.of_row[row].push(self.all.len());
        self.all.push((name, vec![bar.to]));
        self.all.len()
    }

    /// The number of a lane's own track. 0 would be the idle thread's.
    fn main(&self, lane: Option<u32>) -> usize {
        self.row(lane) + 1
    }

    fn row(&self, lane: Option<u32>) -> usize {
        lane.map_or(0, |id| id as usize + usize::from(self.narrates))
    }

    /// The rows that name the tracks and put those of a lane together.
    fn named(&self) -> impl Iterator<Item = Value> {
        let order = self.of_row.iter().flatten().enumerate();
        order.flat_map(|(place, index)| {
            let meta = |name: &str, args: Value| {
                json!({"ph": "M", "name": name, "pid": PROCESS, "tid": index + 1, "args": args})
            };
            let name = meta("thread_name", json!({"name": self.all[*index].0}));
            [name, meta("thread_sort_index", json!({"sort_index": place}))]
        })
    }
}

/// Names must not be empty.
fn named(name: &str, otherwise: &str) -> String {
    let name = plain(name);
    if name.is_empty() {
        return otherwise.to_owned();
    }
    name
}

/// Viewers read doubles, which are exact as far as this.
fn micros(micros: u128) -> u64 {
    u64::try_from(micros).unwrap_or(u64::MAX)
}
