//! Options of a recipe at random, with which it must be able to run.

use asyncdemo::recipe::Recipe;
use clap::{Arg, Command};
use proptest::prelude::*;
use proptest::sample::select;

use super::spelled;

/// Any of its options, each as often as not.
pub fn sensible_options(recipe: &'static Recipe) -> impl Strategy<Value = Vec<String>> {
    let command = recipe.command().no_binary_name(true);
    let none = Just(Vec::new()).boxed();
    let options = command.get_arguments().fold(none, |options, arg| {
        let words = prop::option::of(sensible_words(&command, arg));
        let join = |(options, words): (Vec<String>, Option<Vec<String>>)| {
            options
                .into_iter()
                .chain(words.unwrap_or_default())
                .collect()
        };
        (options, words).prop_map(join).boxed()
    });
    options.prop_filter("some exclude each other", move |options| {
        command.clone().try_get_matches_from(options).is_ok()
    })
}

/// An argument of a recipe with a value that suits it.
fn sensible_words(command: &Command, arg: &Arg) -> BoxedStrategy<Vec<String>> {
    let option = spelled(arg);
    let words = |value: &str| {
        option
            .iter()
            .cloned()
            .chain([value.to_owned()])
            .collect::<Vec<_>>()
    };
    let accepts = |value: &str| command.clone().try_get_matches_from(words(value)).is_ok();
    if !arg.get_action().takes_values() {
        return Just(option.into_iter().collect()).boxed();
    }
    let possible = arg.get_possible_values();
    let values = if possible.is_empty() {
        let kinds = kinds().into_iter().filter(|(sample, _)| accepts(sample));
        let kind = kinds.map(|(_, values)| values).next();
        kind.unwrap_or_else(|| panic!("of which kind are the values of {arg}?"))
    } else {
        let names = possible.iter().map(|value| value.get_name().to_owned());
        select(names.collect::<Vec<_>>()).boxed()
    };
    let option = option.clone();
    values
        .prop_map(move |value| option.iter().cloned().chain([value]).collect())
        .boxed()
}

/// The kinds of value that recipes take: one that no earlier kind's parser
/// accepts, and those that are drawn.
fn kinds() -> [(&'static str, BoxedStrategy<String>); 10] {
    let time = || {
        select(vec![
            "0s", "1ns", "1ms", "7ms", "10ms", "50ms", "100ms", "0.25s", "1s", "2500ms",
        ])
    };
    let name = || select(vec!["A", "B", "C", "a b", "שלום", "👩‍👩‍👧", "x<y>&"]);
    let list = |element: BoxedStrategy<String>, separator: &'static str| {
        let elements = prop::collection::vec(element, 1..8);
        elements
            .prop_map(move |elements| elements.join(separator))
            .boxed()
    };
    let times = || list(time().prop_map(str::to_owned).boxed(), ",");
    let timed = || (name(), time()).prop_map(|(name, time)| format!("{name}={time}"));
    let trial =
        (timed(), any::<bool>()).prop_map(|(timed, fails)| timed + ["", "!"][usize::from(fails)]);
    let item = (-3..3, name()).prop_map(|(urgency, name)| format!("{urgency}:{name}"));
    let numbers = |range: std::ops::Range<i32>| range.prop_map(|it| it.to_string()).boxed();
    let shares = select(vec!["0", "0.25", "0.5", "1"]).prop_map(str::to_owned);
    [
        ("1s/1s", list(times(), "/")),
        ("1s,1s", times()),
        ("1s", time().prop_map(str::to_owned).boxed()),
        ("A=1s!", list(trial.boxed(), ",")),
        ("A=1s", list(timed().boxed(), ",")),
        ("1:a", list(item.boxed(), ",")),
        ("-1", numbers(-12..12)),
        ("0.5", shares.boxed()),
        ("0", numbers(0..12)),
        ("1", numbers(1..12)),
    ]
}
