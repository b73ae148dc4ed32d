//! The command line as data: every command with its arguments, and what may be
//! typed for each of them.

mod odd;
mod sensible;

use std::ffi::OsString;

use asyncdemo::{cli, demos::RECIPES};
use clap::{Arg, Command};

pub use odd::{Attempt, attempts};
pub use sensible::sensible_options;

/// A command, and the words that lead to it.
pub struct Addressed {
    pub words: Vec<String>,
    pub command: Command,
}

/// The program and all that is below it. What takes a recipe or a recording
/// stands there once more, with `file`.
pub fn commands(file: &str) -> Vec<Addressed> {
    fn walk(command: &Command, words: &[String], file: &str, all: &mut Vec<Addressed>) {
        let mut add = |words| {
            let command = command.clone();
            all.push(Addressed { words, command });
        };
        add(words.to_vec());
        if let [view, recipe] = words
            && ["play", "timeline", "export"].contains(&view.as_str())
            && *recipe == RECIPES[0].name
        {
            add(vec![view.clone(), file.to_owned()]);
        }
        for command in command.get_subcommands() {
            let words = [words, &[command.get_name().to_owned()]].concat();
            walk(command, &words, file, all);
        }
    }
    let mut program = cli::command();
    program.build();
    let mut all = Vec::new();
    walk(&program, &[], file, &mut all);
    all
}

impl Addressed {
    /// A command line with these attempts, and with what the command cannot do
    /// without, or would take its time without.
    pub fn line(&self, attempts: &[&Attempt<'_>]) -> Vec<OsString> {
        let tried = |arg: &Arg| attempts.iter().any(|it| it.arg.get_id() == arg.get_id());
        let real = RECIPES.iter().filter(|recipe| recipe.needs.real_clock);
        let mut real = real.map(|recipe| &recipe.name);
        let keeps_real_time = real.any(|name| self.words.contains(name));
        let usual = self.command.get_arguments().filter(|arg| !tried(arg));
        let usual = usual.flat_map(|arg| match (value_name(arg), arg.is_required_set()) {
            ("CLOCK", _) if !keeps_real_time => &["--clock", "virtual"][..],
            ("RECIPE", true) => &["lock"],
            ("SHELL", true) => &["bash"],
            ("FILE", true) => &["-o-", "--as=svg"],
            ("COMMAND", false) => &["true"],
            _ => &[],
        });
        let words = self.words.iter().map(OsString::from);
        let mut line: Vec<_> = words.chain(usual.map(OsString::from)).collect();
        let (program, options): (Vec<&Attempt<'_>>, Vec<_>) = attempts
            .iter()
            .partition(|attempt| attempt.arg.is_last_set());
        line.extend(options.iter().flat_map(|attempt| attempt.words()));
        if self.command.get_arguments().any(Arg::is_last_set) {
            line.push("--".into());
            line.extend(program.iter().flat_map(|attempt| attempt.words()));
            if program.is_empty() {
                line.push("true".into());
            }
        }
        line
    }
}

fn value_name(arg: &Arg) -> &str {
    let names = arg.get_value_names().and_then(<[_]>::first);
    names.map_or("", |name| name.as_str())
}

/// `--limit`, or `-h` where there is no other name; a positional has none.
fn spelled(arg: &Arg) -> Option<String> {
    let long = arg.get_long().map(|long| format!("--{long}"));
    long.or_else(|| arg.get_short().map(|short| format!("-{short}")))
}
