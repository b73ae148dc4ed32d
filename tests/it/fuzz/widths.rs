//! Text whose columns are hard to count, in every view that counts them. What it
//! is held to is ratatui's own placing of text, cell by cell.

use asyncdemo::output::width::{clusters, cut, padded, shortened, width, without_middle};
use asyncdemo::output::{Style, Text, timeline};
use asyncdemo::recording::{Event, Kind, LaneRef, Place, Recording, Sink as _, Span, Waker, What};
use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::time::Duration;

use super::text_of;
use crate::run::cases;
use crate::screen::player::Player;

const PIECES: &[&str] = &[
    // Emoji: with a selector, joined, coloured, flags, half a flag, keycaps.
    "⚠️",
    "⏱️",
    "⚠",
    "👩‍👩‍👧",
    "👍🏽",
    "\u{1f3fd}",
    "🇩🇪",
    "🇩",
    "1\u{fe0f}\u{20e3}",
    "#\u{20e3}",
    "📥",
    // What takes no column, or joins what is beside it.
    "\u{fe0f}",
    "\u{200d}",
    "\u{200b}",
    "\u{feff}",
    "\u{ad}",
    "\u{301}",
    "e\u{301}\u{302}\u{303}",
    "\u{600}",
    // Wide letters, syllables of several letters, right to left.
    "日本語",
    "Ａ",
    "한",
    "ᄒ",
    "ᅡ",
    "नि",
    "क्षि",
    "ำ",
    "שלום",
    "لا",
    "\u{202e}",
    "\u{2066}",
    // What no picture shows.
    "\u{7}",
    "\u{1b}[31m",
    "\u{9b}2J",
    "\u{7f}",
    "\0",
    "\t",
    "\r\n",
    // And what gives no trouble.
    "file-",
    " ",
    "…",
    "a name that is far too long for any gutter",
];

/// What a lane, a line or an icon may be called. The halfwidth sound marks are left
/// out: ratatui adds a column for them, which `unicode-width` has counted already.
fn texts() -> impl Strategy<Value = String> {
    text_of(PIECES).prop_map(|text| text.replace(['\u{ff9e}', '\u{ff9f}'], ""))
}

/// Lanes that all say a line at the first moment, work and wait until the last
/// one, and then say another.
fn recordings() -> impl Strategy<Value = (usize, Recording)> {
    let lanes = prop::collection::vec([texts(), texts(), texts(), texts()], 1..5);
    lanes.prop_map(|lanes| {
        let mut recording = Recording::default();
        for second in [0, 2] {
            for (id, [name, icon, text, what]) in (0..).zip(&lanes) {
                let bar = if second == 0 {
                    Kind::Begin {
                        wait: id,
                        span: if id % 2 == 0 {
                            Span::Resource
                        } else {
                            Span::Sleeping
                        },
                        what: What::Named(what.as_str()),
                        op: "",
                    }
                } else {
                    let (done, by) = (true, Waker::Outside);
                    Kind::Over { wait: id, done, by }
                };
                let (icon, text) = (icon.as_str(), text.as_str());
                for kind in [bar, Kind::Line { icon, text }] {
                    let event = Event {
                        t: Duration::from_secs(second),
                        lane: Some(LaneRef { id, name }),
                        at: Place {
                            file: "demos/lock.rs",
                            line: id,
                        },
                        kind,
                    };
                    recording.event(&event).expect("it only keeps them");
                }
            }
        }
        (lanes.len(), recording)
    })
}

/// A row of text where ratatui places it, and the column behind it.
fn placed(row: &str) -> (Buffer, u16) {
    let mut buffer = Buffer::empty(Rect::new(0, 0, 1000, 1));
    let (end, _) = buffer.set_stringn(0, 0, row, usize::MAX, ratatui::style::Style::new());
    (buffer, end)
}

/// What stands in a buffer from a column on.
fn text_at(buffer: &Buffer, from: u16, columns: u16) -> String {
    let cells = (from..from + columns).map(|x| buffer[(x, 0)].symbol());
    cells.collect()
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn text_takes_the_columns_that_ratatui_gives_it(text in texts()) {
        let (_, end) = placed(&text);
        prop_assert_eq!(width(&text), usize::from(end));
    }

    #[test]
    fn cut_text_is_never_wider_than_asked(text in texts(), most in 0..60_usize) {
        for cut in [shortened(&text, most), cut(&text, most, '~'), without_middle(&text, most)] {
            prop_assert!(width(&cut) <= most, "{:?} at {}", cut, most);
            prop_assert!(usize::from(placed(&cut).1) <= most, "{:?} at {}", cut, most);
            prop_assert_eq!(width(&text) <= most, cut == text);
        }
        let cut = shortened(&text, most);
        if let Some(kept) = cut.strip_suffix('…').filter(|_| cut != text) {
            let mut ends = clusters(&text).scan(0, |end, (cluster, _)| {
                *end += cluster.len();
                Some(*end)
            });
            let whole = kept.is_empty() || ends.any(|end| end == kept.len());
            prop_assert!(text.starts_with(kept) && whole, "{:?} was split: {:?}", text, kept);
        }
        prop_assert_eq!(width(&padded(&text, most)), width(&text).max(most));
    }

    #[test]
    fn places_stand_in_one_column(said in prop::collection::vec((texts(), texts()), 1..6)) {
        let style = Style { start: Duration::ZERO, color: false, emoji: true, places: true };
        let mut log = Vec::new();
        let mut view = Text::new(&mut log, style);
        for (icon, text) in &said {
            let [icon, text] = [icon, text].map(|text| text.replace(char::is_control, ""));
            let kind = Kind::Line { icon: &*icon, text: &*text };
            let at = Place { file: "demos/lock.rs", line: 1 };
            view.event(&Event { t: Duration::ZERO, lane: None, at, kind }).expect("a string");
        }
        view.flush().expect("a string");
        let log = String::from_utf8(log).expect("UTF-8");
        let columns: Vec<_> = log.lines().map(|line| {
            let (before, _) = line.rsplit_once('←').expect(line);
            placed(before).1
        }).collect();
        prop_assert!(columns.iter().all(|column| *column == columns[0]), "{:?}\n{}", columns, log);
    }
}

proptest! {
    #![proptest_config(cases(12))]

    #[test]
    fn a_timeline_keeps_to_every_width((lanes, recording) in recordings(), unicode: bool) {
        for columns in 1..=200_u16 {
            let drawing = timeline::Drawing { width: columns.into(), unicode, color: false };
            let picture = timeline::picture(&recording, drawing);
            let rows: Vec<_> = picture.lines().skip(2).take(2 + lanes).collect();
            for row in &rows {
                let (_, end) = placed(row);
                prop_assert!(end <= columns, "{} of {} columns:\n{}", end, columns, picture);
            }
            // Both ends of the axis, and what is said at the first moment and at the last.
            let rule = rows[1];
            let gutter = u16::try_from(rule.len() - rule.trim_start().len()).expect("narrow");
            let last = placed(rule).1 - 1;
            for (lane, row) in rows[2..].iter().enumerate() {
                let (buffer, _) = placed(row);
                let begins = (lane + 1).to_string();
                prop_assert_eq!(text_at(&buffer, gutter, 1), begins, "{}", &picture);
                let ends = (lanes + lane + 1).to_string();
                if last - gutter > 8 {
                    prop_assert_eq!(text_at(&buffer, last, 1), ends, "{}", &picture);
                }
            }
        }
    }

    #[test]
    fn a_screen_keeps_every_part_in_its_place(
        (_, recording) in recordings(),
        sizes in prop::collection::vec((20..=300_u16, 5..=80_u16), 4),
        keys in prop::sample::select(vec!["", "s", "e", "x", "x1", "?", "b", "/", "gg"]),
    ) {
        let mut player = Player::showing(recording);
        player.end();
        player.keys(keys);
        for size in sizes.into_iter().chain([(20, 5), (40, 10), (72, 20), (100, 30), (300, 80)]) {
            let screen = player.buffer(size);
            no_letter_is_cut(&screen)?;
            marks_stand_in_one_column(&screen)?;
        }
    }
}

/// How many columns a cell's symbol takes.
fn columns(symbol: &str) -> u16 {
    u16::try_from(ratatui::text::Span::raw(symbol).width()).expect("a few")
}

/// A wide letter has all its columns to itself.
fn no_letter_is_cut(screen: &Buffer) -> Result<(), TestCaseError> {
    for y in 0..screen.area.height {
        let mut x = 0;
        while x < screen.area.width {
            let symbol = screen[(x, y)].symbol();
            let end = x + columns(symbol).max(1);
            prop_assert!(end <= screen.area.width, "{:?} leaves the screen", symbol);
            // Ratatui puts what takes no column into the cell before it, hidden or not.
            let hidden = (x + 1..end).all(|x| columns(screen[(x, y)].symbol().trim()) == 0);
            prop_assert!(hidden, "{:?} at {},{} is cut\n{:?}", symbol, x, y, screen);
            x = end;
        }
    }
    Ok(())
}

/// Where lanes are shown, below their axis, the first thing that each of them
/// says is in the same column.
fn marks_stand_in_one_column(screen: &Buffer) -> Result<(), TestCaseError> {
    let row = |y: u16| (0..screen.area.width).map(move |x| screen[(x, y)].symbol());
    let axis = (0..screen.area.height).find(|y| row(*y).any(|symbol| symbol == "╷"));
    let Some(axis) = axis else { return Ok(()) };
    let below = (axis + 1..screen.area.height).take_while(|y| row(*y).next() != Some("─"));
    let marks: Vec<_> = below
        .filter_map(|y| row(y).position(|symbol| ["●", "◆"].contains(&symbol)))
        .collect();
    let aligned = marks.iter().all(|x| *x == marks[0]);
    prop_assert!(aligned, "{:?}\n{:?}", marks, screen);
    Ok(())
}
