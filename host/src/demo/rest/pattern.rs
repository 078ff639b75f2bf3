//! `like`, `ilike` and `wfts`.

/// Characters of a pattern.
const MAX_PATTERN: usize = 1000;

/// A `like` pattern; `*` is `%`, as PostgREST has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    parts: Vec<Part>,
    any_case: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Any characters, or none.
    Many,
    /// Any one character.
    One,
    Char(char),
}

impl Pattern {
    /// `None` for a pattern that is too long, or ends in a lone backslash.
    pub(super) fn new(pattern: &str, any_case: bool) -> Option<Self> {
        let folded = fold(pattern, any_case);
        let mut parts = Vec::new();
        let mut chars = folded.chars();
        while let Some(c) = chars.next() {
            let part = match c {
                '%' | '*' => Part::Many,
                '_' => Part::One,
                '\\' => Part::Char(chars.next()?),
                c => Part::Char(c),
            };
            if part != Part::Many || parts.last() != Some(&Part::Many) {
                parts.push(part);
            }
        }
        (parts.len() <= MAX_PATTERN).then_some(Self { parts, any_case })
    }

    /// Goes back only to the last `%`: at most the text's length times the pattern's.
    pub(super) fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = fold(text, self.any_case).chars().collect();
        let (mut at, mut part) = (0, 0);
        let mut last: Option<(usize, usize)> = None;
        while let Some(c) = text.get(at) {
            match self.parts.get(part) {
                Some(Part::Many) => {
                    last = Some((part, at));
                    part += 1;
                }
                Some(Part::One) => (at, part) = (at + 1, part + 1),
                Some(Part::Char(expected)) if expected == c => (at, part) = (at + 1, part + 1),
                _ => {
                    let Some((many, from)) = last else { return false };
                    last = Some((many, from + 1));
                    (at, part) = (from + 1, many + 1);
                }
            }
        }
        self.parts.get(part..).unwrap_or_default().iter().all(|part| *part == Part::Many)
    }
}

/// A search in web-search syntax: words, `"phrases"`, `-not`, `or`. Words are whole and not stemmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Search {
    /// One group must hold, all of it.
    groups: Vec<Vec<Term>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    words: Vec<String>,
    negated: bool,
}

impl Search {
    pub(super) fn new(text: &str) -> Option<Self> {
        let mut groups = vec![Vec::new()];
        // Between the first and the second quote, the third and the fourth … stand phrases.
        let mut negated = false;
        for (index, part) in text.split('"').enumerate() {
            let phrase = index % 2 == 1;
            for word in if phrase { vec![part] } else { part.split_whitespace().collect() } {
                if !phrase && word.eq_ignore_ascii_case("or") {
                    groups.push(Vec::new());
                    continue;
                }
                let negated = std::mem::take(&mut negated) || (!phrase && word.starts_with('-'));
                let words = words(word);
                if let (Some(group), false) = (groups.last_mut(), words.is_empty()) {
                    group.push(Term { words, negated });
                }
            }
            negated = !phrase && part.ends_with('-');
        }
        groups.retain(|group| !group.is_empty());
        (text.chars().count() <= MAX_PATTERN).then_some(Self { groups })
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        let text = words(text);
        let has = |term: &Term| text.windows(term.words.len().max(1)).any(|window| window == term.words);
        self.groups.iter().any(|group| group.iter().all(|term| has(term) != term.negated))
    }
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

fn fold(text: &str, any_case: bool) -> String {
    if any_case { text.to_lowercase() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_the_whole_text() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("a%c", "abbc", true),
            ("a%c", "abcd", false),
            ("%b%b%", "abcb", true),
            ("_b", "äb", true),
            ("_", "", false),
            (r"100\%", "100%", true),
            (r"100\%", "1000", false),
            (r"\*", "*", true),
            ("*ab", "aab", true),
            ("A*", "abc", false),
        ] {
            assert_eq!(Pattern::new(pattern, false).unwrap().matches(text), expected, "{pattern} {text}");
        }
        assert!(Pattern::new("ÄB%", true).unwrap().matches("äbc"));
        assert!(Pattern::new(r"a\", false).is_none());
        assert!(Pattern::new(&"a".repeat(1001), false).is_none());
        assert!(!Pattern::new(&"%a".repeat(500), false).unwrap().matches(&"a".repeat(499)));
    }

    #[test]
    fn searches() {
        for (query, expected) in [
            ("engine", true),
            ("ENGINE analytical", true),
            ("engine steam", false),
            ("engine -steam", true),
            ("engine -notes", false),
            ("steam or engine", true),
            ("\"analytical engine\"", true),
            ("\"engine analytical\"", false),
            ("-\"analytical engine\"", false),
            ("", false),
            ("\"", false),
        ] {
            assert_eq!(Search::new(query).unwrap().matches("Notes on the Analytical Engine"), expected, "{query}");
        }
    }
}
