//! The timeline for trace viewers such as Perfetto and `chrome://tracing`: a
//! track for each task, what it does as complete events, a flow from the task
//! that wakes another to the wait that ends, lines and ends as instants, and a
//! failure of the run as an instant of its own. The format is Google's [trace
//! event format], JSON object form.
//!
//! [trace event format]: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::time::Duration;

use serde_json::{Value, json};

use super::chart::{Chart, ENDS, command, plain};
use crate::recording::json::to_writer;
use crate::recording::{End, Event, Kind, NARRATOR, Recording, Span, Waker};
use crate::timeline::{Bar, Timeline};

/// All of a recording is one process.
const PROCESS: u32 = 1;

/// Writes the recording as a trace, its events in the order of time.
///
/// # Errors
///
/// When `out` does not take it.
pub fn write(recording: &Recording, out: &mut dyn Write) -> io::Result<()> {
    let chart = Timeline::new(recording);
    // In the order of time; what lies within another begins later or is shorter.
    let mut bars: Vec<&Bar> = chart.all_bars().iter().collect();
    bars.sort_by_key(|bar| (bar.from, Reverse(bar.to), bar.begun));
    let mut tracks = Tracks::of(recording);
    let places: Vec<usize> = bars.iter().map(|bar| tracks.place(bar)).collect();

    let mut rows = Rows { out, gap: "" };
    rows.out
        .write_all(b"{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n")?;
    let title = json!({"name": command(recording)});
    rows.write(&json!({"ph": "M", "name": "process_name", "pid": PROCESS, "args": title}))?;
    tracks.named().try_for_each(|row| rows.write(&row))?;
    let wakes = bars.iter().zip(&places).filter(|(bar, _)| flows(bar));
    let mut wakes: Vec<(&Bar, usize)> = wakes.map(|(bar, track)| (*bar, *track)).collect();
    wakes.sort_by_key(|(bar, _)| (inside(bar), bar.begun));
    let mut wakes = (1..).zip(wakes).peekable();
    let mut flow = |rows: &mut Rows<'_>, until: Duration| {
        while let Some((id, (bar, track))) = wakes.next_if(|(_, (bar, _))| inside(bar) <= until) {
            wake(bar, track, id, &tracks)
                .iter()
                .try_for_each(|row| rows.write(row))?;
        }
        io::Result::Ok(())
    };
    let mut bars = bars.into_iter().zip(places).peekable();
    for event in recording.events() {
        while let Some((bar, track)) = bars.next_if(|(bar, _)| bar.from <= event.t) {
            flow(&mut rows, bar.from)?;
            rows.write(&span(&chart, bar, track))?;
        }
        flow(&mut rows, event.t)?;
        match event.kind {
            Kind::Line { icon, text } => rows.write(&line(&event, icon, text, &tracks))?,
            Kind::Ended(end) => rows.write(&ended(&event, end, &tracks))?,
            _ => {}
        }
    }
    if let Some(failure) = &recording.ending {
        let name = named(&failure.to_string(), "failure");
        let ts = micros(recording.end());
        rows.write(
            &json!({"ph": "i", "s": "g", "cat": "ending", "name": name, "pid": PROCESS,
            "tid": tracks.main(None), "ts": ts}),
        )?;
    }
    rows.out.write_all(b"\n]}\n")
}

/// Rows of a JSON list, a line each.
struct Rows<'a> {
    out: &'a mut dyn Write,
    gap: &'static str,
}

impl Rows<'_> {
    fn write(&mut self, row: &Value) -> io::Result<()> {
        self.out.write_all(self.gap.as_bytes())?;
        self.gap = ",\n";
        Ok(to_writer(&mut *self.out, row)?)
    }
}

fn span(chart: &Chart<'_>, bar: &Bar, track: usize) -> Value {
    let (category, words, at) = (category(bar.span), chart.words(bar), chart.at(bar));
    json!({"ph": "X", "cat": category, "name": named(&words, category), "pid": PROCESS,
        "tid": track, "ts": micros(bar.from), "dur": micros(bar.to) - micros(bar.from),
        "args": {"at": format!("{}:{}", at.file, at.line), "ended": bar.ended.is_some(),
        "done": bar.done}})
}

fn category(span: Span) -> &'static str {
    match span {
        Span::Running => "running",
        Span::Sleeping => "sleeping",
        Span::Task => "task",
        Span::Resource => "resource",
        Span::Blocking => "blocking",
        Span::Starved => "starved",
    }
}

/// Whether a wait has an arrow from the task that ended it.
fn flows(bar: &Bar) -> bool {
    let waits = matches!(bar.span, Span::Task | Span::Resource);
    waits && bar.ended.is_some() && bar.by != Waker::Outside
}

/// The last moment within a bar: an arrow needs bars around both of its ends.
fn inside(bar: &Bar) -> Duration {
    let last = bar.to.saturating_sub(Duration::from_micros(1));
    last.max(bar.from)
}

/// The two ends of an arrow from the task that woke another.
fn wake(bar: &Bar, track: usize, id: usize, tracks: &Tracks) -> [Value; 2] {
    let from = match bar.by {
        Waker::Lane(lane) => tracks.main(Some(lane)),
        Waker::Main | Waker::Outside => tracks.main(None),
    };
    let ts = micros(inside(bar));
    let end = |phase: &str, track: usize| {
        json!({"ph": phase, "cat": "wake", "name": "wakes", "id": id, "pid": PROCESS,
            "tid": track, "ts": ts, "bp": "e"})
    };
    [end("s", from), end("f", track)]
}

fn ended(event: &Event<'_>, end: End, tracks: &Tracks) -> Value {
    let word = ENDS.iter().find(|(it, _)| *it == end);
    let word = word.map_or("ended", |(_, word)| word);
    json!({"ph": "i", "s": "t", "cat": "end", "name": word, "pid": PROCESS,
        "tid": tracks.main(event.lane.map(|lane| lane.id)), "ts": micros(event.t)})
}

fn line(event: &Event<'_>, icon: &str, text: &str, tracks: &Tracks) -> Value {
    let at = format!("{}:{}", event.at.file, event.at.line);
    let track = tracks.main(event.lane.map(|lane| lane.id));
    json!({"ph": "i", "s": "t", "cat": "line", "name": named(text, "line"), "pid": PROCESS,
        "tid": track, "ts": micros(event.t), "args": {"at": at, "icon": icon}})
}

/// The tracks of a trace, the rows' first. On one track complete events must
/// lie within each other; where a lane's do not, it gets another track.
struct Tracks {
    /// Whether the narrator has the first row.
    narrates: bool,
    names: Vec<String>,
    /// For each track the ends of the bars that are open on it, the innermost
    /// one last.
    open: Vec<Vec<Duration>>,
    rows: Vec<RowTracks>,
}

/// The tracks of a row.
#[derive(Default)]
struct RowTracks {
    all: Vec<usize>,
    /// Those on which no bar is open.
    idle: BTreeSet<usize>,
    /// The others, by the end of their innermost bar.
    busy: BTreeSet<(Duration, usize)>,
}

impl Tracks {
    fn of(recording: &Recording) -> Self {
        let narrates =
            recording.events().any(|event| event.lane.is_none()) || recording.ending.is_some();
        let lanes = recording.lanes().iter().map(String::as_str);
        let names = narrates.then_some(NARRATOR).into_iter().chain(lanes);
        let names: Vec<_> = names.map(|name| named(name, "lane")).collect();
        let row = |track| RowTracks {
            all: vec![track],
            idle: BTreeSet::from([track]),
            ..RowTracks::default()
        };
        Self {
            narrates,
            open: vec![Vec::new(); names.len()],
            rows: (0..names.len()).map(row).collect(),
            names,
        }
    }

    /// The number of a track on which this bar lies within all that is open:
    /// the one whose innermost bar fits most tightly, or an idle one.
    fn place(&mut self, bar: &Bar) -> usize {
        let at = self.row(bar.lane);
        let row = &mut self.rows[at];
        while let Some(first) = row
            .busy
            .first()
            .copied()
            .filter(|(end, _)| *end <= bar.from)
        {
            row.busy.remove(&first);
            let open = &mut self.open[first.1];
            while open.pop_if(|end| *end <= bar.from).is_some() {}
            match open.last() {
                Some(end) => drop(row.busy.insert((*end, first.1))),
                None => drop(row.idle.insert(first.1)),
            }
        }
        let around = row.busy.range((bar.to, 0)..).next().copied();
        let track = if let Some(around) = around {
            row.busy.remove(&around);
            around.1
        } else if let Some(idle) = row.idle.pop_first() {
            idle
        } else {
            let name = format!("{} ({})", self.names[at], row.all.len() + 1);
            row.all.push(self.names.len());
            self.names.push(name);
            self.open.push(Vec::new());
            self.names.len() - 1
        };
        self.open[track].push(bar.to);
        row.busy.insert((bar.to, track));
        track + 1
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
        let order = self.rows.iter().flat_map(|row| &row.all).enumerate();
        order.flat_map(|(place, index)| {
            let meta = |name: &str, args: Value| {
                json!({"ph": "M", "name": name, "pid": PROCESS, "tid": index + 1, "args": args})
            };
            let name = meta("thread_name", json!({"name": self.names[*index]}));
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
fn micros(t: Duration) -> u64 {
    u64::try_from(t.as_micros()).unwrap_or(u64::MAX)
}
