//! Pages and sources, which are our own; that is no reason to panic.

use asyncdemo::book::{self, Page};
use asyncdemo::demos::RECIPES;
use asyncdemo::highlight;
use asyncdemo::output::{Layout, ansi, page};
use asyncdemo::recording::Place;
use proptest::prelude::*;

use super::text_of;
use crate::run::cases;

const MARKDOWN: &[&str] = &[
    "# ",
    "\n",
    "\n\n",
    "- ",
    "1. ",
    "| ",
    " | ",
    "|---|",
    "|",
    "```",
    "```rust\n",
    "`",
    "**",
    "*",
    "[",
    "](",
    ")",
    "[`",
    "word ",
    "שלום",
    "👩‍👩‍👧",
    "\\|",
    "$ ",
    "\t",
    "\r\n",
    "//!",
    "a-long-word-",
];

const RUST: &[&str] = &[
    "fn ", "(", ")", "{", "}", "#[", "]", "#!", "\"", "'", "r#\"", "//", "/*", "*/", "\n", "\r\n",
    "0x", "1e", "'a", "b'", "c\"", "é", "🦀", "!", "::<", " ", "async", "Self", "\\", "---\n",
];

/// Joins the pieces of lines again.
fn joined<'a>(lines: impl IntoIterator<Item = Vec<asyncdemo::output::Piece<'a>>>) -> String {
    let lines = lines.into_iter().map(|line| ansi(&line, false));
    lines.collect::<Vec<_>>().join("\n")
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn any_markdown_is_laid_out_at_any_width(
        text in text_of(MARKDOWN), width in 0..60usize, ticks: bool,
    ) {
        for width in [0, 1, width, usize::MAX] {
            for line in page(&text, Layout { width, ticks }) {
                prop_assert!(line.iter().all(|piece| !piece.text.contains('\n')), "{:?}", line);
            }
        }
    }

    #[test]
    fn words_are_neither_lost_nor_added(
        words in prop::collection::vec("[a-zé日👩]{1,12}", 1..20), width in 0..40usize,
    ) {
        let text = words.join(" ");
        let lines = page(&text, Layout { width, ticks: true });
        prop_assert_eq!(joined(lines).replace(['\n', ' '], ""), words.concat());
    }

    #[test]
    fn any_source_has_a_page(text in text_of(MARKDOWN)) {
        let source = format!("//! {}\n", text.lines().collect::<Vec<_>>().join("\n//! "));
        for page in [Page::of(&source), Page::of(&text)] {
            let parts = page.sections().map(|(heading, text)| heading.len() + text.len());
            let told = page.introduction().len() + parts.sum::<usize>();
            prop_assert!(told <= page.text().len(), "{:?}", page.text());
            prop_assert!(page.commands().all(|command| !command.contains('\n')));
        }
    }

    #[test]
    fn highlighting_changes_no_letter(text in text_of(RUST)) {
        // A carriage return means nothing within a line.
        let text = text.replace('\r', "");
        prop_assert_eq!(joined(highlight::rust(&text)), text.strip_suffix('\n').unwrap_or(&text));
    }

    #[test]
    fn every_place_has_a_note_or_none(line: u32, near in 0..200u32) {
        for recipe in RECIPES.iter() {
            for line in [line, near] {
                let note = book::note(Place { file: recipe.file, line });
                prop_assert!(note.is_none_or(|note| recipe.source.contains(note)));
            }
        }
    }
}
