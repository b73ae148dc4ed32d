//! What shells and `man` want to know of the command line, made of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::builder::PossibleValuesParser;
use clap::{Arg, Args, Command, ValueHint};
use clap_complete::Shell;
use clap_mangen::Man;

use super::{command, print};
use crate::demos::RECIPES;
use crate::output::{Existing, Target};

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  asyncdemo completions bash > ~/.local/share/bash-completion/completions/asyncdemo
  asyncdemo completions fish > ~/.config/fish/completions/asyncdemo.fish";

const MAN_EXAMPLES: &str = "\
Examples:
  asyncdemo man | man -l -
  asyncdemo man --dir ~/.local/share/man/man1";

/// Options of `completions`.
#[derive(Args, Clone, Debug)]
#[command(after_help = COMPLETIONS_EXAMPLES)]
pub struct CompletionsOptions {
    /// The shell that the script is for
    #[arg(value_enum, value_name = "SHELL")]
    pub shell: Shell,
}

/// Options of `man`.
#[derive(Args, Clone, Debug)]
#[command(after_help = MAN_EXAMPLES)]
pub struct ManOptions {
    /// Writes the pages of the program and of each recipe and command into this directory
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub dir: Option<PathBuf>,
}

/// Prints the script that completes our command line in a shell.
pub fn completions(shell: Shell) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    let mut command = command();
    command.build();
    let mut command = with_recipe_names(command);
    clap_complete::generate(shell, &mut command, "asyncdemo", &mut script);
    let mut script = String::from_utf8(script)?;
    if shell == Shell::Fish {
        command
            .get_subcommands()
            .for_each(|command| script += &fish_values(command));
    }
    print(&script)?;
    Ok(ExitCode::SUCCESS)
}

/// What may stand behind a command without an option: the generator for fish
/// leaves it out.
fn fish_values(command: &Command) -> String {
    let name = command.get_name();
    let values = command.get_positionals().flat_map(Arg::get_possible_values);
    let values: Vec<_> = values.map(|value| value.get_name().to_owned()).collect();
    if values.is_empty() {
        return String::new();
    }
    let values = values.join(" ");
    format!(
        "complete -c asyncdemo -n \"__fish_asyncdemo_using_subcommand {name}\" -f -a \"{values}\"\n"
    )
}

/// Has recipes completed wherever one is named. The command line itself does
/// not list them there, for its errors would be a screen long.
fn with_recipe_names(command: Command) -> Command {
    command.mut_subcommands(|command| {
        command.mut_args(|arg| {
            let value = arg.get_value_names().and_then(<[_]>::first);
            if arg.is_positional() && value.is_some_and(|value| value == "RECIPE") {
                let names = RECIPES.iter().map(|recipe| &*recipe.name);
                arg.value_parser(PossibleValuesParser::new(names))
            } else {
                arg
            }
        })
    })
}

/// Prints the manual's first page, or writes all of its pages into `dir`: one
/// for the program, one for each recipe and command.
pub fn man(dir: Option<&Path>) -> anyhow::Result<ExitCode> {
    let mut program = command();
    program.build();
    let Some(dir) = dir else {
        print(&page(&program)?)?;
        return Ok(ExitCode::SUCCESS);
    };
    fs::create_dir_all(dir).with_context(|| format!("cannot make '{}'", dir.display()))?;
    let shown = program.get_subcommands().filter(|page| !page.is_hide_set());
    let mut pages = Vec::new();
    for command in [&program].into_iter().chain(shown) {
        let path = dir.join(Man::new(command.clone()).get_filename());
        pages.push((Target::open(&path, EARLIER_PAGES)?, page(command)?));
    }
    // None is written if one of them cannot be.
    for (target, page) in pages {
        target.write(|out| out.write_all(page.as_bytes()))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Only pages of ours are replaced.
const EARLIER_PAGES: Existing = Existing::IsReplacedIf(
    |page| {
        let heads = page.split(|byte| *byte == b'\n').take(5);
        heads
            .into_iter()
            .any(|line| line.starts_with(b".TH asyncdemo"))
    },
    "remove it, or choose another directory",
);

/// A page in roff.
fn page(command: &Command) -> anyhow::Result<String> {
    let man = Man::new(command.clone())
        .source(concat!("asyncdemo ", env!("CARGO_PKG_VERSION")))
        .manual("asyncdemo");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    // Below our commands stand the recipes again, which have their own pages.
    if command.get_name() == "asyncdemo" {
        man.render_subcommands_section(&mut page)?;
    }
    man.render_extra_section(&mut page)?;
    Ok(String::from_utf8(page)?.replace(".SH EXTRA\nExamples:\n", ".SH EXAMPLES\n"))
}
