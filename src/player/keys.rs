//! What keys do: one table for each screen feeds the match, the footer and the
//! help, so that none of them can be out of date.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::prompt::Edit;
use Key::{Code, Ctrl};
use KeyCode::{
    BackTab, Backspace, Char, Delete, Down, End, Enter, Esc, F, Home, Left, PageDown, PageUp,
    Right, Tab, Up,
};

/// What the player can be told to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the tables below say what each of them does")]
pub enum Command {
    PlayOrPause,
    Forward,
    Back,
    /// So many seconds on, or back.
    Seconds(i8),
    ToStart,
    ToEnd,
    Faster,
    Slower,
    GoTo,
    NextRecipe,
    PreviousRecipe,
    Options,
    BreakIt,
    Compare,
    NewSeed,
    Source,
    Page,
    NextPane,
    Search,
    Write,
    Predict,
    /// Chooses the candidate of that number, from 0.
    Answer(u8),
    Help,
    /// Moves the choice, or scrolls what is in focus, by rows.
    Rows(i8),
    /// Scrolls what is in focus by columns.
    Columns(i8),
    /// Scrolls the timeline's lanes by rows.
    Lanes(i8),
    Zoom(i8),
    /// Moves the choice, or scrolls, by a screenful.
    Screen(i8),
    Edit(Edit),
    Accept,
    Leave,
    Quit,
    Suspend,
}

/// A key as the tables name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A key by itself; Shift is in the character.
    Code(KeyCode),
    /// A letter with Ctrl.
    Ctrl(char),
}

/// One row of a table.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    /// Any of these keys.
    pub keys: &'static [Key],
    /// What they are called.
    pub name: &'static str,
    /// What they do, in one or two words for the footer; nothing keeps them
    /// out of it.
    pub short: &'static str,
    /// What they do, for the help; nothing where the row above says it.
    pub does: &'static str,
    /// Does it.
    pub command: Command,
}

const fn row(
    keys: &'static [Key],
    name: &'static str,
    short: &'static str,
    does: &'static str,
    command: Command,
) -> Binding {
    Binding {
        keys,
        name,
        short,
        does,
        command,
    }
}

/// Wherever one is.
pub static ANYWHERE: [Binding; 2] = [
    row(&[Ctrl('c')], "Ctrl-C", "", "leave asyncdemo", Command::Quit),
    row(
        &[Ctrl('z')],
        "Ctrl-Z",
        "",
        "suspend; fg resumes",
        Command::Suspend,
    ),
];

/// While a run is on the screen.
#[rustfmt::skip]
pub static RUN: [Binding; 39] = [
    row(&[Code(Char(' '))], "space", "play", "play or pause", Command::PlayOrPause),
    row(&[Code(Right)], "→", "", "one event on", Command::Forward),
    row(&[Code(Left)], "←", "", "one event back", Command::Back),
    row(&[], "←→", "step", "", Command::Forward),
    row(&[Code(Char('?')), Code(F(1))], "?", "keys", "these keys", Command::Help),
    row(&[Code(Char('q')), Code(Esc)], "q", "leave", "leave the run", Command::Leave),
    row(&[Code(Char('b'))], "b", "break", "break it, and back", Command::BreakIt),
    row(&[Code(Char('d'))], "d", "compare", "both runs side by side", Command::Compare),
    row(&[Code(Char('x'))], "x", "predict", "predict the next line", Command::Predict),
    row(&[Code(Char('o'))], "o", "options", "edit the options", Command::Options),
    row(&[Code(Tab)], "Tab", "pane", "next pane", Command::NextPane),
    row(&[Code(BackTab)], "", "", "", Command::NextPane),
    row(&[Code(PageDown)], "PgDn", "", "one second on", Command::Seconds(1)),
    row(&[Code(PageUp)], "PgUp", "", "one second back", Command::Seconds(-1)),
    row(&[Code(Home)], "Home", "", "to the start", Command::ToStart),
    row(&[Code(End)], "End", "", "to the end", Command::ToEnd),
    row(&[Code(Char('+')), Code(Char('='))], "+", "", "faster, up to 16×", Command::Faster),
    row(&[Code(Char('-'))], "-", "", "slower, down to ¼×", Command::Slower),
    row(&[], "+-", "pace", "", Command::Faster),
    row(&[Code(Char('g'))], "g", "go to", "go to a time", Command::GoTo),
    row(&[Code(Char('s'))], "s", "source", "the source, or the log again", Command::Source),
    row(&[Code(Char('e'))], "e", "page", "the page, or the log again", Command::Page),
    row(&[Code(Char('r'))], "r", "seed", "a new seed", Command::NewSeed),
    row(&[Code(Char('n'))], "n", "next", "next recipe", Command::NextRecipe),
    row(&[Code(Char('p'))], "p", "", "previous recipe", Command::PreviousRecipe),
    row(&[Code(Char('/'))], "/", "search", "search the log", Command::Search),
    row(&[Code(Char('w'))], "w", "write", "write the recording to a file", Command::Write),
    row(&[Code(Up)], "↑", "", "scroll the pane in focus up", Command::Rows(-1)),
    row(&[Code(Down)], "↓", "", "and down", Command::Rows(1)),
    row(&[Code(Char('<'))], "<", "", "and left", Command::Columns(-8)),
    row(&[Code(Char('>'))], ">", "", "and right", Command::Columns(8)),
    row(&[Code(Char('['))], "[", "", "scroll the lanes up", Command::Lanes(-1)),
    row(&[Code(Char(']'))], "]", "", "and down", Command::Lanes(1)),
    row(&[Code(Char('z'))], "z", "", "more of the timeline's detail", Command::Zoom(1)),
    row(&[Code(Char('Z'))], "Z", "", "less of it", Command::Zoom(-1)),
    row(&[], "click, drag", "", "seek on the timeline", Command::PlayOrPause),
    row(&[], "wheel", "", "scroll what is below it", Command::PlayOrPause),
    row(&[Code(Enter)], "", "", "", Command::Forward),
    row(&[Code(Backspace)], "", "", "", Command::Back),
];

/// In the menu, where every letter goes into the search.
#[rustfmt::skip]
pub static MENU: [Binding; 11] = [
    row(&[Code(Enter)], "Enter", "play", "play the recipe", Command::Accept),
    row(&[Code(Up)], "↑", "", "the recipe above", Command::Rows(-1)),
    row(&[Code(Down)], "↓", "", "the recipe below", Command::Rows(1)),
    row(&[], "a-z", "search", "search", Command::Accept),
    row(&[Code(Esc)], "Esc", "leave", "forget the search, then leave", Command::Leave),
    row(&[Code(Char('?')), Code(F(1))], "?", "keys", "these keys", Command::Help),
    row(&[Code(PageUp)], "", "", "", Command::Screen(-1)),
    row(&[Code(PageDown)], "", "", "", Command::Screen(1)),
    row(&[Code(Home)], "", "", "", Command::ToStart),
    row(&[Code(End)], "", "", "", Command::ToEnd),
    row(&[Code(Backspace)], "", "", "", Command::Edit(Edit::Backspace)),
];

/// While the class predicts.
#[rustfmt::skip]
pub static PREDICT: [Binding; 12] = [
    row(&[], "1-4", "choose", "choose what comes next", Command::Accept),
    row(&[Code(Up)], "↑", "", "mark the line above", Command::Rows(-1)),
    row(&[Code(Down)], "↓", "", "mark the line below", Command::Rows(1)),
    row(&[Code(Enter), Code(Char(' ')), Code(Right)], "Enter", "choose, next", "choose the marked line, then the next question", Command::Accept),
    row(&[Code(Char('x')), Code(Char('q')), Code(Esc)], "x", "back", "back to the run", Command::Leave),
    row(&[Code(Char('?')), Code(F(1))], "?", "keys", "these keys", Command::Help),
    row(&[Code(Char('1'))], "", "", "", Command::Answer(0)),
    row(&[Code(Char('2'))], "", "", "", Command::Answer(1)),
    row(&[Code(Char('3'))], "", "", "", Command::Answer(2)),
    row(&[Code(Char('4'))], "", "", "", Command::Answer(3)),
    row(&[Code(Char('['))], "", "", "", Command::Lanes(-1)),
    row(&[Code(Char(']'))], "", "", "", Command::Lanes(1)),
];

/// Where one of a few things is chosen.
#[rustfmt::skip]
pub static CHOOSE: [Binding; 4] = [
    row(&[Code(Enter), Code(Char(' '))], "Enter", "choose", "", Command::Accept),
    row(&[Code(Up)], "", "", "", Command::Rows(-1)),
    row(&[Code(Down)], "↑↓", "move", "", Command::Rows(1)),
    row(&[Code(Esc), Code(Char('q')), Code(Char('b')), Code(Char('d'))], "Esc", "back", "", Command::Leave),
];

/// Where a command from a file is to be confirmed: not by a key that means
/// something else a moment before.
#[rustfmt::skip]
pub static CONFIRM: [Binding; 2] = [
    row(&[Code(Char('y'))], "y", "run it", "", Command::Accept),
    row(&[Code(Esc), Code(Char('q')), Code(Char('n'))], "Esc", "back", "", Command::Leave),
];

/// Where a line is typed.
#[rustfmt::skip]
pub static PROMPT: [Binding; 9] = [
    row(&[Code(Enter)], "Enter", "accept", "", Command::Accept),
    row(&[Code(Esc)], "Esc", "back", "", Command::Leave),
    row(&[Ctrl('u')], "Ctrl-U", "clear", "", Command::Edit(Edit::Clear)),
    row(&[Code(Left)], "", "", "", Command::Edit(Edit::Left)),
    row(&[Code(Right)], "", "", "", Command::Edit(Edit::Right)),
    row(&[Code(Home), Ctrl('a')], "", "", "", Command::Edit(Edit::Home)),
    row(&[Code(End), Ctrl('e')], "", "", "", Command::Edit(Edit::End)),
    row(&[Code(Backspace)], "", "", "", Command::Edit(Edit::Backspace)),
    row(&[Code(Delete)], "", "", "", Command::Edit(Edit::Delete)),
];

/// While the keys are explained.
#[rustfmt::skip]
pub static HELP: [Binding; 5] = [
    row(&[Code(Esc), Code(Char('q')), Code(Char('?')), Code(F(1)), Code(Enter)], "Esc", "back", "", Command::Leave),
    row(&[Code(Up)], "", "", "", Command::Rows(-1)),
    row(&[Code(Down)], "↑↓", "scroll", "", Command::Rows(1)),
    row(&[Code(PageUp)], "", "", "", Command::Screen(-1)),
    row(&[Code(PageDown), Code(Char(' '))], "", "", "", Command::Screen(1)),
];

/// While a run is recorded.
#[rustfmt::skip]
pub static RECORDING: [Binding; 1] = [
    row(&[Code(Esc), Code(Char('q'))], "Esc", "stop", "", Command::Leave),
];

/// What a key does by a table, or anywhere.
pub fn command(table: &[Binding], key: KeyEvent) -> Option<Command> {
    let key = match key.code {
        Char(letter) if key.modifiers.contains(KeyModifiers::CONTROL) => Ctrl(letter),
        code => Code(code),
    };
    let mut rows = ANYWHERE.iter().chain(table);
    rows.find(|row| row.keys.contains(&key))
        .map(|row| row.command)
}
