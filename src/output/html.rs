//! The player as a page: one file that plays a recording in any browser. It
//! fetches nothing; without its script it is still the timeline, the log, the
//! source and the page of the recipe, for reading and for paper.

mod recipe;

use std::fmt::Write as _;

use super::chart::{self, Chart, Line, Row, command, does, in_seconds, marks, plain};
use super::width::width;
use super::xml::Xml;
use crate::book;
use crate::recipe::Recipe;
use crate::recording::form::{self, seconds};
use crate::recording::{Recording, Span};

const PAGE: &str = include_str!("html/page.html");
const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");

/// Marks are laid out for a track of this many pixels.
const TRACK: f64 = 800.0;
/// The widest name, in columns.
const NAME: usize = 24;

/// The page of a recording; `recipe` is the one that was recorded, if it is
/// known here.
///
/// # Errors
///
/// As for the recording's document, which is in the page.
pub fn write(recording: &Recording, recipe: Option<&Recipe>) -> serde_json::Result<String> {
    let chart = Chart::of(recording);
    let names = chart.rows.iter().map(|row| width(&plain(row.name))).max();
    let names = format!("min({}ch,36%)", names.unwrap_or(0).min(NAME) + 3);
    let parts = [
        ("style", STYLE.to_owned()),
        ("script", SCRIPT.to_owned()),
        ("title", Xml(&command(recording)).to_string()),
        ("names", names),
        ("facts", facts(recording, recipe)),
        ("timeline", timeline(&chart)),
        ("lines", lines(&chart)),
        ("source", recipe.map(recipe::source).unwrap_or_default()),
        ("page", recipe.map(recipe::page).unwrap_or_default()),
        ("end", seconds(chart.end).to_string()),
        // Nothing in it can end the element that it stands in.
        ("recording", form::write(recording)?.replace('<', "\\u003c")),
    ];
    Ok(filled(PAGE, &parts))
}

/// The template with its parts in their places. What a part says is not looked
/// through again.
fn filled(template: &str, parts: &[(&str, String)]) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text += before;
        let part = after.split_once('}').and_then(|(name, after)| {
            let (_, part) = parts.iter().find(|(known, _)| *known == name)?;
            Some((part, after))
        });
        if let Some((part, after)) = part {
            text += part;
            rest = after;
        } else {
            text.push('{');
            rest = after;
        }
    }
    text + rest
}

/// What was run, in the header.
fn facts(recording: &Recording, recipe: Option<&Recipe>) -> String {
    let mut text = String::new();
    // Writing to a string does not fail, here and below.
    if let Some(recipe) = recipe {
        let _ = writeln!(text, "<p>{}</p>", Xml(recipe.title()));
    }
    let facts = chart::facts(recording);
    let _ = writeln!(text, "<p class=\"facts\">{}</p>", Xml(&facts));
    if let Some(ending) = &recording.ending {
        let _ = writeln!(text, "<p class=\"ending\">{}</p>", Xml(ending));
    }
    text
}

fn timeline(chart: &Chart<'_>) -> String {
    let (mut labels, mut grid) = (String::new(), String::new());
    for tick in chart.ticks(8) {
        let (at, label) = (chart.place(tick, 100.0), in_seconds(tick));
        let _ = write!(
            labels,
            "<span class=\"tick\" style=\"left:{at:.3}%\">{label}</span>"
        );
        let _ = write!(grid, "<i style=\"left:{at:.3}%\"></i>");
    }
    let rows: String = chart.rows.iter().map(|row| row_of(chart, row)).collect();
    let end = seconds(chart.end);
    format!(
        "<div class=\"rows\">\n\
         <div class=\"axis\" aria-hidden=\"true\"><span class=\"name\"></span>\
         <span class=\"track\">{labels}</span></div>\n\
         <div class=\"grid\" aria-hidden=\"true\">{grid}</div>\n{rows}\
         <div class=\"over\" aria-hidden=\"true\"><div id=\"later\"></div>\
         <div id=\"cursor\" data-end=\"{end}\"></div></div>\n</div>\n"
    )
}

fn row_of(chart: &Chart<'_>, row: &Row<'_>) -> String {
    let (name, hue) = (Xml(row.name), hue(row.lane));
    let mut text = format!(
        "<div class=\"row {hue}\"><span class=\"name\" title=\"{name}\">{name}</span>\
         <div class=\"track\">"
    );
    for bar in &row.bars {
        let (left, right) = (chart.place(bar.from, 100.0), chart.place(bar.to, 100.0));
        let class = match bar.span {
            Span::Work => "work",
            Span::Wait => "wait",
        };
        let (on, until) = match bar.ended {
            Some(_) => ("", format!(" to {}", in_seconds(bar.to))),
            None => (" on", " on".to_owned()),
        };
        let (what, from, width) = (Xml(bar.what), in_seconds(bar.from), right - left);
        let told = format!("{} {what}, {from}{until}", does(bar.span));
        let _ = write!(
            text,
            "<b class=\"{class}{on}\" role=\"img\" aria-label=\"{told}\" title=\"{told}\" \
             style=\"left:{left:.3}%;width:{width:.3}%\"></b>"
        );
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "below a thousand, and not below 0"
    )]
    let lines = row.lines.iter().filter_map(|index| {
        let at = chart.place(chart.lines.get(*index)?.t, TRACK);
        Some((at.round() as usize, index + 1))
    });
    for mark in marks(lines, |mark| 21.max(mark.to_string().len() * 7 + 11)) {
        let Some(line) = chart.lines.get(mark.first - 1) else {
            continue;
        };
        let (at, t) = (chart.place(line.t, 100.0), seconds(line.t));
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

fn lines(chart: &Chart<'_>) -> String {
    let line = |(number, line): (usize, &Line<'_>)| {
        let note = book::note(line.at).map_or(String::new(), |note| {
            format!(" data-note=\"{}\"", Xml(note))
        });
        let (t, hue) = (seconds(line.t), hue(line.lane));
        format!(
            "<li class=\"{hue}\"{note}><a href=\"#t={t}\"><span class=\"number\">{number}</span> \
             <span class=\"t\">{}.{:03} s</span> <span class=\"icon\">{}</span> \
             <span class=\"text\">{}</span></a></li>\n",
            line.t.as_secs(),
            line.t.subsec_millis(),
            Xml(line.icon),
            Xml(line.text)
        )
    };
    (1..).zip(&chart.lines).map(line).collect()
}

/// The class of a lane's colour, or the narrator's.
fn hue(lane: Option<u32>) -> String {
    lane.map_or("ln".to_owned(), |lane| format!("l{}", lane % 4))
}
