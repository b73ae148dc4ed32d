//! The recipes as something to read: their sources and their pages.

use std::io::{self, IsTerminal as _, Write as _};
use std::process::{Command, ExitCode, Stdio};

use anyhow::Context as _;
use clap::Args;
use colorchoice_clap::Color;

use super::options::recipe_name;
use super::{color, columns, print, recipe};
use crate::output::{Layout, Look, Piece, ansi, page};
use crate::{book, highlight};

/// Options of `show`.
#[derive(Args, Clone, Debug)]
pub struct ShowOptions {
    /// The recipe to show
    #[arg(value_name = "RECIPE", value_parser = recipe_name)]
    pub recipe: String,

    /// Shows its page as well, which stands at the top of its file
    #[arg(long)]
    pub page: bool,

    #[command(flatten)]
    color: Color,
}

impl ShowOptions {
    /// These options; from now on colours are used as they say.
    pub fn applied(self) -> Self {
        self.color.write_global();
        self
    }
}

/// Options of `explain`.
#[derive(Args, Clone, Debug)]
pub struct ExplainOptions {
    /// The recipe to explain
    #[arg(value_name = "RECIPE", value_parser = recipe_name)]
    pub recipe: String,

    /// Shows the page through $PAGER, or less
    #[arg(long)]
    pub pager: bool,

    #[command(flatten)]
    color: Color,
}

impl ExplainOptions {
    /// These options; from now on colours are used as they say.
    pub fn applied(self) -> Self {
        self.color.write_global();
        self
    }
}

/// Lines longer than this are tiring to read.
const WIDEST: usize = 100;

/// Prints a recipe's source with line numbers.
pub fn show(options: &ShowOptions) -> anyhow::Result<ExitCode> {
    let recipe = recipe(&options.recipe)?;
    let lines = highlight::rust(recipe.source);
    let digits = lines.len().to_string().len();
    let color = color();
    let skipped = if options.page {
        0
    } else {
        book::lines_of_page(recipe.source)
    };
    let mut text = String::new();
    for (number, mut line) in (1..).zip(lines).skip(skipped) {
        let gap = if line.is_empty() { "" } else { "  " };
        let number = Piece::new(format!("{number:>digits$}{gap}"), Look::Faint);
        line.insert(0, number);
        text += &ansi(&line, color);
        text.push('\n');
    }
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// Prints a recipe's page.
pub fn explain(options: &ExplainOptions) -> anyhow::Result<ExitCode> {
    let recipe = recipe(&options.recipe)?;
    let color = color();
    let page_of_recipe = recipe.page();
    let layout = Layout {
        width: width(),
        ticks: !color,
    };
    let lines = page(page_of_recipe.text(), layout);
    let text = lines
        .iter()
        .fold(String::new(), |text, line| text + &ansi(line, color) + "\n");
    if options.pager && io::stdout().is_terminal() {
        show_in_pager(&text)?;
    } else {
        print(&text)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The terminal's, up to what is good to read; 80 where there is none.
fn width() -> usize {
    columns().map_or(80, usize::from).min(WIDEST)
}

fn show_in_pager(text: &str) -> anyhow::Result<()> {
    let pager = std::env::var("PAGER")
        .ok()
        .filter(|pager| !pager.is_empty());
    let pager = pager.unwrap_or_else(|| "less -R".to_owned());
    let failed = || format!("cannot start the pager '{pager}'; set PAGER to one that is there");
    let mut child = Command::new("sh")
        .args(["-c", &pager])
        .env("LESS", "-R")
        .stdin(Stdio::piped())
        .spawn()
        .with_context(failed)?;
    if let Some(mut input) = child.stdin.take() {
        // Leaving the pager early is not an error.
        let _ = input.write_all(text.as_bytes());
    }
    let ended = child.wait().with_context(failed)?;
    anyhow::ensure!(ended.success(), "{}", failed());
    Ok(())
}
