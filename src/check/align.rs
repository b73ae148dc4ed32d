//! Which expected line each line of a program is: the longest common
//! subsequence, where expected lines of one instant stand in no order.
//!
//! Lines that begin or end both logs alike are paired at once. For the rest, an
//! expected line is looked for among the lines of its text (Hunt and Szymanski,
//! 1977), only near the place where counting them would put it: a program that
//! says one line a million times costs no more than one that says others.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::ops::Range;

/// How far from its place by counting a line is looked for.
const NEAR: usize = 8;

/// What belongs together. Lines are named by their places in the two logs.
#[derive(Debug, PartialEq, Eq)]
pub struct Alignment {
    /// The expected lines; those of one instant in the program's order.
    pub order: Vec<usize>,
    /// For each expected line the program's line that is it.
    pub partner: Vec<Option<usize>>,
}

/// Aligns two logs whose texts are numbers. `instants` are the expected lines
/// that happen at once, one range after the other; `None` in `said` is a text
/// that is not expected at all.
pub fn align(expected: &[u32], instants: &[Range<usize>], said: &[Option<u32>]) -> Alignment {
    let mut partner = vec![None; expected.len()];
    let mut alike = said.iter().copied().enumerate().peekable();
    let begin = pair_alike(instants.iter(), expected, &mut alike, &mut partner);
    let rest = said.iter().copied().enumerate().skip(begin.len());
    let mut alike = rest.rev().peekable();
    let mut end = pair_alike(instants.iter().rev(), expected, &mut alike, &mut partner);
    end.reverse();

    let mut places: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (place, text) in said.iter().enumerate().take(said.len() - end.len()) {
        if let Some(text) = text
            && place >= begin.len()
        {
            places.entry(*text).or_default().push(place);
        }
    }
    let rest = counted(expected, instants, &partner, &places);
    for (line, place) in longest_chain(&rest, &places) {
        partner[line] = Some(place);
    }
    let order = begin.into_iter();
    let order = order.chain(rest.iter().map(|line| line.line)).chain(end);
    Alignment {
        order: order.collect(),
        partner,
    }
}

/// Pairs lines for as long as the program says what is due next. Gives the
/// expected ones in the program's order.
fn pair_alike<'a>(
    instants: impl Iterator<Item = &'a Range<usize>>,
    expected: &[u32],
    said: &mut Peekable<impl Iterator<Item = (usize, Option<u32>)>>,
    partner: &mut [Option<usize>],
) -> Vec<usize> {
    let mut paired = Vec::new();
    for instant in instants {
        let mut due: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for line in instant.clone().filter(|line| partner[*line].is_none()) {
            due.entry(expected[line]).or_default().push(line);
        }
        let mut left: usize = due.values().map(Vec::len).sum();
        while left > 0 {
            let next = said.peek().copied();
            let line = next.and_then(|(_, text)| due.get_mut(&text?)?.pop());
            let (Some(line), Some((place, _))) = (line, said.next()) else {
                return paired;
            };
            partner[line] = Some(place);
            paired.push(line);
            left -= 1;
        }
    }
    paired
}

/// An expected line, and how many of its text stand before it.
#[derive(Clone, Copy)]
struct Counted {
    line: usize,
    text: u32,
    rank: usize,
}

/// The lines without a partner. The n-th of a text is probably the program's
/// n-th: those of one instant are put in that order.
fn counted(
    expected: &[u32],
    instants: &[Range<usize>],
    partner: &[Option<usize>],
    places: &BTreeMap<u32, Vec<usize>>,
) -> Vec<Counted> {
    let mut ranks: BTreeMap<u32, usize> = BTreeMap::new();
    let mut rest = Vec::new();
    for instant in instants {
        let open = instant.clone().filter(|line| partner[*line].is_none());
        let mut lines: Vec<_> = open
            .map(|line| {
                let text = expected[line];
                let rank = ranks.entry(text).or_default();
                *rank += 1;
                let rank = *rank - 1;
                Counted { line, text, rank }
            })
            .collect();
        let place = |line: &Counted| Some(*places.get(&line.text)?.get(line.rank)?);
        // A line that the program never says keeps its place among the others.
        let slots: Vec<_> = (0..lines.len())
            .filter(|at| place(&lines[*at]).is_some())
            .collect();
        let mut said: Vec<_> = slots.iter().map(|at| lines[*at]).collect();
        said.sort_by_key(place);
        for (at, line) in slots.into_iter().zip(said) {
            lines[at] = line;
        }
        rest.append(&mut lines);
    }
    rest
}

/// The longest sequence of pairs in which both sides go on.
fn longest_chain(rest: &[Counted], places: &BTreeMap<u32, Vec<usize>>) -> Vec<(usize, usize)> {
    struct Link {
        line: usize,
        place: usize,
        before: Option<usize>,
    }

    let mut links: Vec<Link> = Vec::new();
    // The link at which the best chain of each length ends.
    let mut ends: Vec<usize> = Vec::new();
    for &Counted { line, text, rank } in rest {
        let all = places.get(&text).map_or(&[][..], Vec::as_slice);
        let near = rank.saturating_sub(NEAR).min(all.len())..(rank + NEAR + 1).min(all.len());
        // From the last to the first, so that a line is not its own successor.
        for &place in all[near].iter().rev() {
            let length = ends.partition_point(|end| links[*end].place < place);
            if ends
                .get(length)
                .is_some_and(|end| links[*end].place == place)
            {
                continue;
            }
            let before = length.checked_sub(1).map(|last| ends[last]);
            match ends.get_mut(length) {
                Some(end) => *end = links.len(),
                None => ends.push(links.len()),
            }
            links.push(Link {
                line,
                place,
                before,
            });
        }
    }
    let mut chain = Vec::new();
    let mut link = ends.last().copied();
    while let Some(at) = link {
        chain.push((links[at].line, links[at].place));
        link = links[at].before;
    }
    chain
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Aligns letters; lines of one instant stand in one word.
    fn aligned(expected: &str, said: &str) -> Vec<Option<usize>> {
        let mut instants = Vec::new();
        let mut texts = Vec::new();
        for word in expected.split(' ') {
            instants.push(texts.len()..texts.len() + word.len());
            texts.extend(word.bytes().map(u32::from));
        }
        let said: Vec<_> = said.bytes().map(|text| Some(u32::from(text))).collect();
        align(&texts, &instants, &said).partner
    }

    fn pairs(expected: &str, said: &str) -> usize {
        aligned(expected, said).iter().flatten().count()
    }

    #[test]
    fn lines_of_one_instant_stand_in_no_order() {
        assert_eq!(pairs("ab ba", "baab"), 4);
        assert_eq!(pairs("ab ba", "bbaa"), 3);
        assert_eq!(pairs("abc de", "cabed"), 5);
        assert_eq!(pairs("abc de", "cxabed"), 5);
        assert_eq!(pairs("abc de", "xcadbe"), 4);
    }

    #[test]
    fn repeated_lines_are_paired_with_their_own() {
        let expected = "a w b w c w";
        assert_eq!(
            aligned(expected, "abwcw"),
            [Some(0), None, Some(1), Some(2), Some(3), Some(4)]
        );
        assert_eq!(pairs(expected, "awwbwcw"), 6);
        assert_eq!(pairs("a w x w y w z w b", "bwwxywzwa"), 6);
        assert_eq!(pairs("a a a a", "aa"), 2);
        assert_eq!(pairs("a b", ""), 0);
    }

    /// The textbook's table.
    fn longest(a: &[u8], b: &[u8]) -> usize {
        let mut row = vec![0; b.len() + 1];
        for x in a {
            let mut diagonal = 0;
            for (at, y) in b.iter().enumerate() {
                let above = row[at + 1];
                row[at + 1] = if x == y {
                    diagonal + 1
                } else {
                    above.max(row[at])
                };
                diagonal = above;
            }
        }
        row[b.len()]
    }

    proptest! {
        /// Where no two lines are of one instant it is the textbook's; both
        /// sides go on, and what is paired is the same.
        #[test]
        fn it_is_the_longest(expected in "[a-d]{0,8}", said in "[a-d]{0,8}") {
            let texts: Vec<_> = expected.bytes().map(u32::from).collect();
            let instants: Vec<_> = (0..texts.len()).map(|at| at..at + 1).collect();
            let heard: Vec<_> = said.bytes().map(|text| Some(u32::from(text))).collect();
            let found = align(&texts, &instants, &heard).partner;
            let places: Vec<_> = found.iter().flatten().collect();
            prop_assert!(places.is_sorted_by(|a, b| a < b));
            for (line, place) in found.iter().enumerate() {
                prop_assert!(place.is_none_or(|place| heard[place] == Some(texts[line])));
            }
            prop_assert_eq!(places.len(), longest(expected.as_bytes(), said.as_bytes()));
        }

        /// Shuffled within instants, every line has its partner.
        #[test]
        fn shuffled_instants_are_all_paired(
            words in proptest::collection::vec("[a-c]{1,4}", 1..6),
            seed in any::<u64>(),
        ) {
            let mut seed = seed;
            let mut said = String::new();
            for word in &words {
                let mut letters: Vec<_> = word.chars().collect();
                for at in (1..letters.len()).rev() {
                    seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    letters.swap(at, (seed >> 33) as usize % (at + 1));
                }
                said.extend(letters);
            }
            prop_assert_eq!(pairs(&words.join(" "), &said), said.len());
        }
    }
}
