//! The player as a user sees it: the program on a pseudo-terminal, keys typed,
//! the screen read, and the terminal looked at when it is given back.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::run::{BINARY, Run, code_of, hear_hangups, recorded};
use crate::screen::pty::{Pty, rows};
use asyncdemo::demos::RECIPES;
use asyncdemo::recording::form;
use portable_pty::CommandBuilder;
use rustix::process::Signal;

const RIGHT: &str = "\x1b[C";
const LEFT: &str = "\x1b[D";
const HOME: &str = "\x1b[H";
const END: &str = "\x1b[F";
const ESC: &str = "\x1b";

/// Opens each of these recipes from the menu, plays it to its end, goes back,
/// breaks it, compares, and leaves.
fn tour(part: usize, of: usize) {
    let mut pty = Pty::of(&[], (100, 30));
    pty.shows("type to search");
    for recipe in RECIPES.iter().skip(part).step_by(of) {
        pty.types(&recipe.name)
            .shows(&format!("search: {}", recipe.name));
        pty.types("\r").shows("seed 5").until("a run", |screen| {
            ["PLAYING", "END"]
                .iter()
                .any(|word| rows(screen).contains(word))
        });
        pty.types(END).shows("■ END").has_no_glitch();
        pty.types(HOME).shows("PAUSED 0/");
        pty.types(RIGHT)
            .shows(" 1/")
            .types(LEFT)
            .shows(" 0/")
            .has_no_glitch();
        let breaks = recipe.breaks();
        if let Some((switch, _)) = breaks.first() {
            pty.types("b").shows("Break it").types("\r");
            pty.shows(&format!(" {switch}  seed 5"));
            pty.types(END).shows("■ END").has_no_glitch();
            pty.types("d").shows("─ as it is").types(END).shows("■ END");
            pty.has_no_glitch().types("d").hides("─ as it is");
            pty.types("b").hides(&format!(" {switch}  seed 5"));
        }
        pty.types(" ")
            .types("q")
            .shows("asyncdemo  small")
            .types(ESC)
            .shows("type to search");
    }
    pty.types(ESC);
    assert!(pty.ends().success());
    pty.has_its_terminal_back();
}

#[test]
fn every_recipe_from_the_menu_first_part() {
    tour(0, 2);
}

#[test]
fn every_recipe_from_the_menu_second_part() {
    tour(1, 2);
}

#[test]
fn quits_from_a_recipe_that_was_opened_at_once() {
    let mut pty = Pty::of(&["play", "lock", "--workers", "3", "--seed", "7"], (80, 24));
    pty.shows("lock --workers 3  seed 7").types("q");
    assert!(pty.ends().success());
    pty.has_its_terminal_back();
}

#[test]
fn ctrl_c_leaves_with_130() {
    let mut pty = Pty::of(&["play", "lock"], (80, 24));
    pty.shows("Timeline").types("\x03");
    assert_eq!(pty.ends().exit_code(), 130);
    pty.has_its_terminal_back();
}

#[test]
fn signals_leave_with_their_exit_codes() {
    hear_hangups();
    for signal in [Signal::TERM, Signal::INT, Signal::QUIT, Signal::HUP] {
        let mut pty = Pty::of(&[], (80, 24));
        pty.shows("type to search").signal(signal);
        assert_eq!(pty.ends().exit_code(), code_of(signal).cast_unsigned());
        pty.has_its_terminal_back();
    }
}

#[test]
fn a_panic_is_told_on_the_terminal_as_it_was() {
    let mut pty = Pty::of(&["play", "lock", "--panic-at-first-key"], (80, 24));
    pty.shows("Timeline").types(" ");
    assert_eq!(pty.ends().exit_code(), 101);
    pty.has_its_terminal_back();
    assert!(
        pty.text().contains("asked to panic at the first key"),
        "{}",
        pty.text()
    );
}

#[test]
fn suspends_and_resumes() {
    let mut shell = CommandBuilder::new("sh");
    shell.arg("-i");
    shell.env("PS1", "ready> ");
    shell.env("ENV", "");
    let mut pty = Pty::running(shell, (80, 24));
    pty.shows("ready>").types(&format!("{BINARY} play lock\r"));
    pty.shows("Timeline").types(END).shows("■ END");
    let in_shell = |screen: &vt100::Screen| {
        !screen.alternate_screen() && rows(screen).trim_end().ends_with("ready>")
    };
    for _ in 0..2 {
        pty.types("\x1a").until("the shell", in_shell);
        assert!(!pty.screen().hide_cursor());
        pty.types("fg\r")
            .until("the player", vt100::Screen::alternate_screen);
        pty.shows("■ END").shows("Timeline");
    }
    pty.types("q").until("the shell", in_shell);
    assert!(pty.types("exit\r").ends().success());
}

#[test]
fn options_are_edited_in_place() {
    let mut pty = Pty::of(&["play", "lock"], (80, 24));
    pty.shows("Timeline")
        .types("o")
        .shows("options:")
        .types("--workers 0\r");
    pty.shows("✗ error: invalid value '0' for").has_no_glitch();
    pty.types("\x15--workers 4 --seed 9\r")
        .shows("lock --workers 4  seed 9");
    pty.types("r").shows("seed 10").types("q");
    assert!(pty.ends().success());
}

#[test]
fn goes_to_a_time_and_to_a_word() {
    let mut pty = Pty::of(&["play", "event"], (80, 24));
    pty.shows("Timeline")
        .types("g")
        .shows("go to:")
        .types("1.0\r")
        .shows("8/8 1.000 s");
    pty.types("g0.25\r").shows("PAUSED 4/8 0.250 s 1×");
    pty.types("/")
        .shows("search:")
        .types("signal sent\r")
        .shows("PAUSED 5/8 1.000 s 1×");
    pty.types("+")
        .shows("2×")
        .types("---")
        .shows("¼×")
        .types("q");
    assert!(pty.ends().success());
}

#[test]
fn the_mouse_seeks_on_the_timeline() {
    let mut pty = Pty::of(&["play", "event"], (80, 24));
    pty.shows("Timeline").types(HOME).shows("PAUSED 0/8");
    // A click far to the right on the axis, in the words of mode 1006.
    pty.types("\x1b[<0;54;3M\x1b[<0;54;3m")
        .hides(" 0/8")
        .hides(" 0.000 s ");
    pty.types("q");
    assert!(pty.ends().success());
}

#[test]
fn writes_the_recording_and_overwrites_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("lock.json");
    let name = file.to_str().expect("a name");
    let mut pty = Pty::of(&["play", "lock"], (120, 24));
    for answer in ["wrote ", "exists already"] {
        pty.shows("Timeline")
            .types("w")
            .shows("write to:")
            .types("\x15")
            .types(name);
        pty.types("\r").shows(answer);
    }
    pty.types("\x15/nowhere/x.json\r")
        .shows("cannot write '/nowhere/x.json'");
    pty.types(ESC).hides("cannot write").types("q");
    assert!(pty.ends().success());
    let written = std::fs::read_to_string(&file).expect("a file");
    assert!(
        written.starts_with(r#"{"asyncdemo":2,"recipe":"lock","options":[],"seed":5,"#),
        "{written}"
    );
    assert!(
        written.contains(r#""text":"Final counter value: 6""#),
        "{written}"
    );
    // It is played as it was, and again when it is asked for in another way.
    let mut pty = Pty::of(&["play", name], (120, 24));
    pty.shows("Timeline").shows("lock").types("n").types("p");
    pty.shows("Worker-1").types("q");
    assert!(pty.ends().success());
}

/// A recording of a recipe, in which a file's maker has put these options.
fn recording_with(folder: &Path, recipe: &str, options: &[&str]) -> PathBuf {
    let (mut run, _) = recorded("lock", "", 5);
    recipe.clone_into(&mut run.spec.recipe);
    run.spec.seed = 5;
    run.spec.options = options.iter().map(ToString::to_string).collect();
    let file = folder.join(format!("{recipe}.json"));
    std::fs::write(&file, form::write(&run).expect("JSON")).expect("a file");
    file
}

#[test]
fn no_key_runs_the_commands_of_a_recording() {
    let folder = tempfile::tempdir().expect("a folder");
    let touched = folder.path().join("PWNED");
    let touch = format!("touch '{}'", touched.display());
    let padded = " ".repeat(3000) + &touch;
    let file = recording_with(folder.path(), "subprocess", &["echo hi", &padded, &touch]);
    let file = file.to_str().expect("a name");
    let mut pty = Pty::of(&["play", file], (100, 30));
    pty.shows("Timeline").types(END).shows("■ END");
    // Each key, and what could follow it by mistake.
    for key in ["r", "b", "d", "n", "p", "o", "x", "\r", " ", "g", "/"] {
        for then in ["\r\r", "y\x1by"] {
            pty.types(key).types(then).settles();
            pty.types("\x1b").settles().types("\x1b").settles();
            if !pty.screen().alternate_screen() {
                pty = Pty::of(&["play", file], (100, 30));
                pty.shows("Timeline").types(END).shows("■ END");
            }
            assert!(!touched.exists(), "{key:?} {then:?} runs it");
        }
    }
    let mut pty = Pty::of(&["play", file], (100, 30));
    pty.shows("Timeline").types("r");
    pty.shows("Commands from a file are never run. Run the recipe with its own?");
    pty.shows("asyncdemo subprocess --seed 6").has_no_glitch();
    pty.types("y").shows("Output: Hello World").types("q");
    assert!(pty.ends().success());
    assert!(!touched.exists());
}

#[test]
fn options_of_a_recording_are_shown_before_they_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = ["--workers", "4", "--work", "7ms"];
    let file = recording_with(folder.path(), "lock", &options);
    let file = file.to_str().expect("a name");
    let mut pty = Pty::of(&["play", file], (80, 24));
    pty.shows("Timeline").types("r").shows("Run it?");
    pty.shows("asyncdemo lock --workers 4 --work 7ms --seed 6");
    pty.types("\x1b").hides("Run it?").types("d\r");
    pty.shows("asyncdemo lock --workers 4 --work 7ms --no-lock --seed 5");
    pty.types("y").shows("─ with --no-lock").types("d");
    pty.hides("─ with --no-lock").types("r").shows("Run it?");
    pty.types("y").shows("Worker-4").shows("seed 6");
    // From here on it is a run of this session.
    pty.types("r")
        .shows("seed 7")
        .types("o")
        .shows("options: --workers 4");
    pty.types("\x1b").hides("options:").types("q");
    assert!(pty.ends().success());
}

#[test]
fn what_does_not_fit_the_screen_cannot_be_confirmed() {
    let folder = tempfile::tempdir().expect("a folder");
    let padding = " ".repeat(2000);
    let file = recording_with(folder.path(), "lock", &["--workers", &padding, "4"]);
    let mut pty = Pty::of(&["play", file.to_str().expect("a name")], (80, 24));
    pty.shows("Timeline")
        .types("r")
        .shows("does not fit this screen");
    pty.types("y").settles().shows("does not fit this screen");
    // It does on a larger one.
    pty.resize((200, 60)).shows("Run it?").resize((80, 24));
    pty.shows("does not fit this screen")
        .types("yq")
        .hides("does not fit");
    pty.types("q");
    assert!(pty.ends().success());
}

#[test]
fn any_size_at_any_time() {
    let mut pty = Pty::of(&["play", "queue"], (120, 40));
    pty.shows("Timeline").types(END).shows("■ END");
    for size in [(30, 8), (80, 24), (40, 10), (1, 1), (200, 60), (60, 15)] {
        pty.resize(size);
        let is_small = size.0 < 40;
        pty.until("a frame of that size", |screen| {
            let text = rows(screen);
            let all = text.contains("END") && text.contains("space play");
            all != is_small
        });
    }
    pty.has_no_glitch().types("q");
    assert!(pty.ends().success());
}

#[test]
fn without_colours_there_are_none() {
    let mut command = CommandBuilder::new(BINARY);
    command.args(["play", "queue", "--emoji", "never"]);
    command.env("NO_COLOR", "1");
    let mut pty = Pty::running(command, (100, 30));
    pty.shows("Timeline").types(END).shows("■ END");
    assert!(!pty.text().contains('📦'));
    let cells = (0..30).flat_map(|row| (0..100).map(move |column| (row, column)));
    let cells = cells.filter_map(|(row, column)| pty.screen().cell(row, column));
    assert!(
        cells
            .clone()
            .all(|cell| cell.fgcolor() == vt100::Color::Default)
    );
    assert!(cells.clone().any(vt100::Cell::bold));
    pty.types("q");
    assert!(pty.ends().success());
}

#[test]
fn idle_it_does_nothing() {
    let mut pty = Pty::of(&["play", "lock"], (80, 24));
    pty.shows("Timeline").types(END).shows("■ END");
    pty.has_no_glitch().settles();
    let before = processor_time(&pty);
    assert!(pty.is_silent_for(Duration::from_millis(700)));
    assert_eq!(processor_time(&pty), before);
}

/// In ticks, where the system tells it in a file.
fn processor_time(pty: &Pty) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pty.pid())).ok()?;
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut times = fields.split(' ').skip(11).take(2).map(str::parse::<u64>);
    Some(times.next()?.ok()? + times.next()?.ok()?)
}

#[test]
fn without_a_terminal_the_log_is_printed() {
    let output = Run::of("play lock --workers 1 --seed 3").output();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        said,
        "the player needs a terminal; here is the log instead\n"
    );
    let log = String::from_utf8_lossy(&output.stdout);
    assert!(log.contains("[00:00:00.010] "), "{log}");
    assert!(log.contains("Final counter value: 3"), "{log}");
    let output = Run::of("").output();
    assert_eq!(output.stderr, b"");
    assert!(String::from_utf8_lossy(&output.stdout).contains("semaphore"));
}

#[test]
fn a_run_that_keeps_real_time_is_shown_while_it_is_recorded() {
    let mut pty = Pty::of(&["play", "subprocess", "echo early", "sleep 60"], (80, 24));
    pty.shows("RECORDING").shows("Output: early").types(ESC);
    assert!(pty.ends().success());
    pty.has_its_terminal_back();
}

#[test]
fn the_wheel_scrolls_what_is_below_it() {
    const DOWN: &str = "\x1b[<65;10;15M";
    const UP: &str = "\x1b[<64;10;15M";
    let mut pty = Pty::of(&[], (80, 24));
    pty.shows("▸ hello").types(DOWN).shows("▸ tasks");
    pty.types(UP).shows("▸ hello");
    pty.types("lock\r").shows("Timeline").types(HOME).types("e");
    let title = "Lock: let one task at a time";
    pty.shows(title).types(DOWN).hides(title);
    pty.types(UP).shows(title).types("q").shows("search: lock");
    pty.types(ESC).shows("type to search").types(ESC);
    assert!(pty.ends().success());
}

#[test]
fn without_a_terminal_everything_is_printed() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("lock.json");
    let file = file.to_str().expect("a name");
    Run::with(["export", "lock", "-o", file]).prints();
    let log = Run::of("lock").on_the_virtual_clock().prints();
    assert_eq!(Run::with(["play", file]).prints(), log);
    assert_eq!(Run::of("play").prints(), Run::of("list").prints());
    let real = Run::with(["play", "subprocess", "echo hi"]).prints();
    assert!(real.contains("Output: hi"), "{real}");
}
