//! The catalogue: chapters, recipes, and what each of them is about.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};

use super::super::state::State;
use super::super::theme::{MARK, Theme, faint, strong};
use super::{Window, row, rule};
use crate::output::Look;
use crate::output::width::{padded, shortened, width};

/// From this width on, the chosen recipe's introduction stands beside the list.
const BESIDE: u16 = 120;

/// The names' column.
const NAMES: usize = 16;

pub fn draw(frame: &mut Frame<'_>, state: &State, theme: Theme) {
    let screen = frame.area();
    let (menu, library) = (&state.menu, &state.library);
    let name = " asyncdemo";
    let room = usize::from(screen.width).saturating_sub(width(name));
    let about = "  small tokio programs that narrate themselves";
    let head = Line::from_iter([
        Span::styled(name, strong()),
        Span::styled(shortened(about, room), faint()),
    ]);
    frame.render_widget(head, row(screen, 0));
    let search = match menu.search() {
        "" => Line::styled(" type to search", faint()),
        search => Line::from_iter([
            Span::raw(" search: "),
            Span::styled(search, strong()),
            Span::raw("▏"),
            Span::styled(
                if search == "q" {
                    "  q again leaves"
                } else {
                    ""
                },
                faint(),
            ),
        ]),
    };
    frame.render_widget(search, row(screen, 1));
    let body = Rect {
        y: screen.y + 2,
        height: screen.height - 3,
        ..screen
    };
    rule(frame, body, &[]);
    let body = super::below(body);
    let mut list = body;
    if screen.width >= BESIDE {
        list.width = body.width * 3 / 5;
        let beside = Rect {
            x: body.x + list.width + 1,
            width: body.width - list.width - 2,
            ..body
        };
        introduction(frame, beside, state, theme);
    }
    let room = usize::from(list.width).saturating_sub(NAMES + 4);
    let mut lines = Vec::new();
    let mut chosen = 0;
    let mut chapter = "";
    for number in menu.found() {
        let recipe = library[*number];
        if recipe.chapter != chapter {
            chapter = recipe.chapter;
            if !lines.is_empty() {
                lines.push(Line::default());
            }
            lines.push(Line::styled(format!(" {chapter}"), faint()));
        }
        let is_chosen = menu.chosen() == Some(*number);
        if is_chosen {
            chosen = lines.len();
        }
        let (mark, style) = if is_chosen {
            (MARK, strong())
        } else {
            (" ", ratatui::style::Style::new())
        };
        let page = recipe.page();
        lines.push(Line::from_iter([
            Span::raw(format!(" {mark} ")),
            Span::styled(
                padded(&recipe.name, NAMES) + " ",
                style.patch(theme.look(Look::Code)),
            ),
            Span::styled(shortened(page.title(), room).into_owned(), style),
        ]));
    }
    if lines.is_empty() {
        lines.push(Line::raw(" no recipe has that; Esc shows all of them"));
    }
    let fit = usize::from(list.height);
    let first = Window::around(lines.len(), fit, chosen).scrolled(0);
    let in_sight: Vec<_> = lines.into_iter().skip(first).take(fit).collect();
    frame.render_widget(Paragraph::new(in_sight), list);
}

fn introduction(frame: &mut Frame<'_>, area: Rect, state: &State, theme: Theme) {
    let Some(number) = state.menu.chosen() else {
        return;
    };
    let recipe = state.library[number];
    let page = recipe.page();
    let mut lines = vec![
        Line::styled(page.title().to_owned(), strong()),
        Line::default(),
        Line::raw(page.introduction().replace('\n', " ")),
        Line::default(),
        Line::styled("Key insight", strong()),
        Line::raw(
            page.section("Key insight")
                .unwrap_or_default()
                .replace('\n', " "),
        ),
        Line::default(),
    ];
    lines.extend(recipe.breaks().into_iter().map(|(switch, help)| {
        Line::from_iter([
            Span::styled(switch, theme.look(Look::Code)),
            Span::raw(format!("  {help}")),
        ])
    }));
    frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: true }), area);
}
