//! A list that grows without moving what it has.

use std::fmt;
use std::ops::{Index, IndexMut};

/// So many elements are kept together.
const CHUNK: usize = 4096;

/// A list of many small things, such as tasks. A vector would have to move all
/// of them whenever it grows, and would have room for twice as many.
#[derive(Clone, PartialEq, Eq)]
pub struct List<T>(Vec<Vec<T>>);

impl<T> List<T> {
    pub(super) fn push(&mut self, element: T) {
        match self.0.last_mut() {
            None => self.0.push(vec![element]), // It grows as it must.
            Some(chunk) if chunk.len() < CHUNK => chunk.push(element),
            Some(_) => {
                let mut chunk = Vec::with_capacity(CHUNK);
                chunk.push(element);
                self.0.push(chunk);
            }
        }
    }

    /// The number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        let last = self.0.last().map_or(0, Vec::len);
        self.0.len().saturating_sub(1) * CHUNK + last
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// An element, counted from 0.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&T> {
        self.0.get(index / CHUNK)?.get(index % CHUNK)
    }

    pub(super) fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        self.0.get_mut(index / CHUNK)?.get_mut(index % CHUNK)
    }

    /// All of them, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter().flatten()
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Index<usize> for List<T> {
    type Output = T;

    fn index(&self, index: usize) -> &T {
        &self.0[index / CHUNK][index % CHUNK]
    }
}

impl<T> IndexMut<usize> for List<T> {
    fn index_mut(&mut self, index: usize) -> &mut T {
        &mut self.0[index / CHUNK][index % CHUNK]
    }
}

impl<T: fmt::Debug> fmt::Debug for List<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_keeps_what_it_was_given() {
        let mut list = List::default();
        assert_eq!((list.len(), list.get(0)), (0, None));
        let many = 3 * CHUNK + 5;
        for element in 0..many {
            list.push(element);
            assert_eq!((list.len(), list[element]), (element + 1, element));
        }
        assert!(list.iter().copied().eq(0..many));
        assert_eq!(list.get(many), None);
    }
}
