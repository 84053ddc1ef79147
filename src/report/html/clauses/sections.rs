//! Clauses gathered by the section of the document that they come from.

use crate::run::{ClauseResult, ClauseStatus};

/// Clauses of one section.
pub(super) struct Section<'a> {
    /// What their ids begin with: `EVENT`.
    pub(super) prefix: &'static str,
    /// The section's title in the document.
    pub(super) title: &'static str,
    /// They themselves, in the catalogue's order.
    pub(super) clauses: Vec<&'a ClauseResult>,
}

impl Section<'_> {
    /// How many of them have this status.
    pub(super) fn count(&self, status: ClauseStatus) -> usize {
        self.clauses.iter().filter(|clause| clause.status == status).count()
    }
}

/// The sections, in the catalogue's order.
pub(super) fn sections(clauses: &[ClauseResult]) -> Vec<Section<'_>> {
    let mut sections: Vec<Section<'_>> = Vec::new();
    for clause in clauses {
        let id = clause.id.as_str();
        let prefix = id.split_once('-').map_or(id, |(prefix, _)| prefix);
        let title = clause.id.clause().section;
        match sections.last_mut().filter(|section| section.prefix == prefix) {
            Some(section) => section.clauses.push(clause),
            None => sections.push(Section { prefix, title, clauses: vec![clause] }),
        }
    }
    sections
}

#[cfg(test)]
mod tests {
    use crate::report::sample;

    use super::*;

    #[test]
    fn every_clause_stands_in_the_section_that_its_id_names() {
        let clauses = sample::record().clauses;
        let sections = sections(&clauses);
        let counts: Vec<_> = sections.iter().map(|one| (one.prefix, one.clauses.len())).collect();
        assert_eq!(counts, [("ENV", 5), ("EVENT", 3), ("UNREAD", 1)]);
        assert_eq!(sections[0].title, "every Response block");
        assert_eq!(sections[0].count(ClauseStatus::Violated), 3);
    }
}
