//! The catalogue with a search that narrows it.

use crate::recipe::Recipe;

/// The recipes, in the order of the book.
pub type Library = Vec<&'static Recipe>;

/// Which recipes are in sight, and which one is chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Menu {
    search: String,
    /// Numbers in the library.
    found: Vec<usize>,
    /// A number among those found.
    selected: usize,
}

impl Menu {
    /// All recipes, the first one chosen.
    pub fn new(library: &Library) -> Self {
        Self {
            found: (0..library.len()).collect(),
            ..Self::default()
        }
    }

    /// What is searched for.
    pub fn search(&self) -> &str {
        &self.search
    }

    /// The recipes in sight, by their numbers in the library.
    pub fn found(&self) -> &[usize] {
        &self.found
    }

    /// The chosen one's number in the library.
    pub fn chosen(&self) -> Option<usize> {
        self.found.get(self.selected).copied()
    }

    /// Chooses a recipe, which is in sight from now on.
    pub fn choose(&mut self, library: &Library, number: usize) {
        if !self.found.contains(&number) {
            *self = Self::new(library);
        }
        let place = self.found.iter().position(|found| *found == number);
        self.selected = place.unwrap_or(0);
    }

    /// Moves the choice.
    pub fn go(&mut self, by: isize) {
        let last = self.found.len().saturating_sub(1);
        self.selected = self.selected.saturating_add_signed(by).min(last);
    }

    /// Looks for `search`: each of its words must occur in a recipe's name,
    /// title or chapter. A recipe whose name begins with it is chosen.
    pub fn look_for(&mut self, library: &Library, search: &str) {
        // Some people begin a search with a slash.
        let search = search.trim_start_matches('/');
        let words: Vec<String> = search.split_whitespace().map(str::to_lowercase).collect();
        let fits = |recipe: &Recipe| {
            let (name, page) = (&recipe.name, recipe.page());
            let all = format!("{name} {} {}", page.title(), recipe.chapter).to_lowercase();
            words.iter().all(|word| all.contains(word))
        };
        let numbered = library.iter().enumerate();
        let found = numbered.filter(|(_, recipe)| fits(recipe));
        self.found = found.map(|(number, _)| number).collect();
        let begins = |number: &usize| {
            let first = words.first().map_or("", String::as_str);
            library[*number].name.starts_with(first)
        };
        self.selected = self.found.iter().position(begins).unwrap_or(0);
        search.clone_into(&mut self.search);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demos::RECIPES;

    #[test]
    fn narrows_as_one_types() {
        let library: Library = RECIPES.iter().collect();
        let mut menu = Menu::new(&library);
        let name = |menu: &Menu| menu.chosen().map(|number| library[number].name.as_str());
        menu.look_for(&library, "sema");
        assert_eq!(name(&menu), Some("semaphore"));
        menu.look_for(&library, "/LOCK");
        assert_eq!(name(&menu), Some("lock"));
        menu.look_for(&library, "no such thing");
        assert_eq!(name(&menu), None);
        menu.go(1);
        assert_eq!(name(&menu), None);
        menu.look_for(&library, "");
        assert_eq!(menu.found().len(), library.len());
        menu.go(isize::MAX);
        assert_eq!(menu.chosen(), Some(library.len() - 1));
    }
}
