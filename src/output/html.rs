//! The player as a page: one file that plays a recording in any browser. It
//! fetches nothing; without its script it is still the timeline, the log, the
//! source and the page of the recipe, for reading and for paper.

mod recipe;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use super::chart::{
    self, Chart, ENDS, command, in_seconds, legend, marks, place, plain, ticks, told,
};
use super::width::width;
use super::xml::Xml;
use crate::book;
use crate::recipe::Recipe;
use crate::recording::form::{self, seconds};
use crate::recording::{End, Recording, Span};
use crate::timeline::{Row, Timeline};

const PAGE: &str = include_str!("html/page.html");
const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");

/// Marks are laid out for a track of this many pixels.
const TRACK: f64 = 800.0;
/// The widest name, in columns.
const NAME: usize = 24;

/// Writes the page of a recording; `recipe` is the one that was recorded, if it
/// is known here.
///
/// # Errors
///
/// When `out` does not take it.
pub fn write(
    recording: &Recording,
    recipe: Option<&Recipe>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let chart = Timeline::new(recording);
    let title = Xml(&command(recording)).to_string();
    fill(PAGE, out, |name, out| {
        let text = match name {
            "style" => STYLE.to_owned(),
            "script" => SCRIPT.to_owned(),
            "title" => title.clone(),
            "names" => names(&chart),
            "facts" => facts(recording, recipe),
            "source" => recipe.map(recipe::source).unwrap_or_default(),
            "page" => recipe.map(recipe::page).unwrap_or_default(),
            "end" => seconds(chart.axis_end()).to_string(),
            "legend" => explanations(&chart),
            // What grows with the recording is written piece by piece.
            "timeline" => return timeline(&chart, out).map(Some),
            "lines" => return lines(&chart, out).map(Some),
            "recording" => return form::write_to(recording, &mut NoTags(out)).map(Some),
            _ => return Ok(None),
        };
        out.write_all(text.as_bytes()).map(Some)
    })
}

/// Writes the template; `part` writes what belongs into one of its places, or
/// says that it is none. What a part writes is not looked through again.
fn fill(
    template: &str,
    out: &mut dyn Write,
    part: impl Fn(&str, &mut dyn Write) -> io::Result<Option<()>>,
) -> io::Result<()> {
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.write_all(before.as_bytes())?;
        rest = after;
        match after.split_once('}') {
            Some((name, after)) if part(name, out)?.is_some() => rest = after,
            _ => out.write_all(b"{")?,
        }
    }
    out.write_all(rest.as_bytes())
}

/// JSON in which nothing can end the element that it stands in.
struct NoTags<'a>(&'a mut dyn Write);

impl Write for NoTags<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for (nth, piece) in bytes.split(|byte| *byte == b'<').enumerate() {
            if nth > 0 {
                self.0.write_all(b"\\u003c")?;
            }
            self.0.write_all(piece)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// The width of the names' column.
fn names(chart: &Chart<'_>) -> String {
    let names = chart.rows().iter();
    let widest = names.map(|row| width(&plain(chart.name(row)))).max();
    format!("min({}ch,36%)", widest.unwrap_or(0).min(NAME) + 3)
}

/// What was run, in the header.
fn facts(recording: &Recording, recipe: Option<&Recipe>) -> String {
    let mut text = String::new();
    // Writing to a string does not fail, here and below.
    if let Some(recipe) = recipe {
        let _ = writeln!(text, "<p>{}</p>", Xml(recipe.title()));
    }
    let facts = [vec![in_seconds(recording.end())], chart::facts(recording)].concat();
    let facts = facts.join(" · ");
    let _ = writeln!(text, "<p class=\"facts\">{}</p>", Xml(&facts));
    if let Some(failure) = &recording.ending {
        let failure = failure.to_string();
        let _ = writeln!(text, "<p class=\"ending\">{}</p>", Xml(&failure));
    }
    text
}

fn timeline(chart: &Chart<'_>, out: &mut dyn Write) -> io::Result<()> {
    write!(
        out,
        "<div class=\"rows\">\n\
         <div class=\"axis\" aria-hidden=\"true\"><span class=\"name\"></span>\
         <span class=\"track\">"
    )?;
    for tick in ticks(chart.axis_end(), 8) {
        let (at, label) = (place(tick, chart.axis_end(), 100.0), in_seconds(tick));
        write!(
            out,
            "<span class=\"tick\" style=\"left:{at:.3}%\">{label}</span>"
        )?;
    }
    write!(
        out,
        "</span></div>\n<div class=\"grid\" aria-hidden=\"true\">"
    )?;
    for tick in ticks(chart.axis_end(), 8) {
        let at = place(tick, chart.axis_end(), 100.0);
        write!(out, "<i style=\"left:{at:.3}%\"></i>")?;
    }
    writeln!(out, "</div>")?;
    for row in chart.rows() {
        out.write_all(row_of(chart, row).as_bytes())?;
    }
    let end = seconds(chart.axis_end());
    write!(
        out,
        "<div class=\"over\" aria-hidden=\"true\"><div id=\"later\"></div>\
         <div id=\"cursor\" data-end=\"{end}\"></div></div>\n</div>\n"
    )
}

fn row_of(chart: &Chart<'_>, row: &Row) -> String {
    let (name, hue) = (Xml(chart.name(row)), hue(row.lane));
    let mut text = format!(
        "<div class=\"row {hue}\"><span class=\"name\" title=\"{name}\">{name}</span>\
         <div class=\"track\">"
    );
    let at = |t| place(t, chart.axis_end(), 100.0);
    for piece in chart.pieces(row) {
        let (left, width) = (at(piece.from), at(piece.to) - at(piece.from));
        let on = if piece.bar.ended.is_some() { "" } else { " on" };
        let (class, told) = (class(piece.bar.span), told(chart, &piece.bar));
        let told = Xml(&told);
        let _ = write!(
            text,
            "<b class=\"{class}{on}\" role=\"img\" aria-label=\"{told}\" title=\"{told}\" \
             style=\"left:{left:.3}%;width:{width:.3}%\"></b>"
        );
    }
    if let Some((end, t, _)) = row.end {
        let (sign, word) = end_of(end);
        let (left, t) = (at(t), in_seconds(t));
        let _ = write!(
            text,
            "<b class=\"end {word}\" role=\"img\" aria-label=\"{word}, {t}\" \
             title=\"{word}, {t}\" style=\"left:{left:.3}%\">{sign}</b>"
        );
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "below a thousand, and not below 0"
    )]
    let lines = row.lines().iter().filter_map(|index| {
        let at = place(chart.line(*index)?.t, chart.axis_end(), TRACK);
        Some((at.round() as usize, index + 1))
    });
    for mark in marks(lines, |mark| 21.max(mark.to_string().len() * 7 + 11)) {
        let Some(line) = chart.line(mark.first - 1) else {
            continue;
        };
        let (at, t) = (at(line.t), seconds(line.t));
        let _ = write!(
            text,
            "<a class=\"mark\" href=\"#t={t}\" tabindex=\"-1\" data-line=\"{}\" \
             data-last=\"{}\" \
             aria-label=\"line {mark}\" style=\"left:{at:.3}%\">{mark}</a>",
            mark.first, mark.last
        );
    }
    text + "</div></div>\n"
}

fn lines(chart: &Chart<'_>, out: &mut dyn Write) -> io::Result<()> {
    // Thousands of lines are said by the same few lines of source.
    let mut notes = BTreeMap::new();
    for (number, line) in (1..).zip(chart.lines()) {
        let place = (line.at.file, line.at.line);
        let note = *notes.entry(place).or_insert_with(|| book::note(line.at));
        let note = note.map_or(String::new(), |note| {
            format!(" data-note=\"{}\"", Xml(note))
        });
        let (t, hue) = (seconds(line.t), hue(line.lane));
        writeln!(
            out,
            "<li class=\"{hue}\"{note}><a href=\"#t={t}\"><span class=\"number\">{number}</span> \
             <span class=\"t\">{}.{:03} s</span> <span class=\"icon\">{}</span> \
             <span class=\"text\">{}</span></a></li>",
            line.t.as_secs(),
            line.t.subsec_millis(),
            Xml(line.icon),
            Xml(line.text)
        )?;
    }
    Ok(())
}

/// What the forms of bars and ends mean, as far as there are such.
fn explanations(chart: &Chart<'_>) -> String {
    let (spans, ends) = legend(chart);
    let spans = spans.iter().map(|(span, does)| {
        let class = class(*span);
        format!("<span><i><b class=\"{class} ln\"></b></i> {does}</span>")
    });
    let ends = ends.iter().map(|(end, word)| {
        let (sign, _) = end_of(*end);
        format!("<span><b class=\"end {word} ln\">{sign}</b> {word}</span>")
    });
    spans.chain(ends).collect()
}

/// The class of what a task does.
fn class(span: Span) -> &'static str {
    match span {
        Span::Running => "work",
        Span::Sleeping => "sleep",
        Span::Task => "wait task",
        Span::Resource => "wait",
        Span::Blocking => "block",
        Span::Starved => "starve",
    }
}

/// The sign of a task's end, and its word.
fn end_of(end: End) -> (&'static str, &'static str) {
    let word = ENDS.iter().find(|(it, _)| *it == end);
    let sign = match end {
        End::Finished => "┤",
        End::Failed => "✗",
        End::Cancelled => "⊘",
        End::Panicked => "‼",
    };
    (sign, word.map_or("", |(_, word)| word))
}

/// The class of a lane's colour, or the narrator's.
fn hue(lane: Option<u32>) -> String {
    lane.map_or("ln".to_owned(), |lane| format!("l{}", lane % 4))
}
