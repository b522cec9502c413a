//! Which of two texts was first, and how far that is known.

use std::fmt;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::document::Document;

/// When one document came, seen from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// Earlier.
    Before,
    /// Later.
    After,
    /// On the same day: which of both was first is not known.
    SameDay,
}

impl Relation {
    /// The word for it: `before`, `after` or `same-day`.
    pub fn as_str(self) -> &'static str {
        match self {
            Relation::Before => "before",
            Relation::After => "after",
            Relation::SameDay => "same-day",
        }
    }
}

/// What the order is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// The days of publication that both pages state.
    Published,
    /// The days of the captures, because a page does not say when it was published.
    Captured,
}

impl Basis {
    /// The word for it: `published` or `captured`.
    pub fn as_str(self) -> &'static str {
        match self {
            Basis::Published => "published",
            Basis::Captured => "captured",
        }
    }
}

/// When a document came, compared with the one that was asked about. It is what pages and captures say: never who took
/// from whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// Before or after.
    pub relation: Relation,
    /// By what that is known.
    pub basis: Basis,
    /// The day of the document.
    pub day: Date,
    /// How many days lie between both.
    pub days: u32,
    /// Whether a time that counts here is what an imported file says, and was not seen by this archive.
    pub is_claimed: bool,
}

impl Order {
    /// The order of a document, seen from the one that was asked about.
    pub(super) fn of(asked: &Document, this: &Document) -> Order {
        let captured = |document: &Document| document.captured_at.to_zoned(TimeZone::UTC).date();
        let (from, day, basis) = match (asked.published, this.published) {
            (Some(from), Some(day)) => (from, day, Basis::Published),
            _ => (captured(asked), captured(this), Basis::Captured),
        };
        let days = from.until(day).map_or(0, |span| span.get_days());
        let relation = match days {
            0 => Relation::SameDay,
            ..0 => Relation::Before,
            _ => Relation::After,
        };
        let is_claimed = basis == Basis::Captured && !(asked.witnessed && this.witnessed);
        Order { relation, basis, day, days: days.unsigned_abs(), is_claimed }
    }
}

impl fmt::Display for Order {
    /// As in `published 2024-06-26, 2 days before`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (basis, day) = (self.basis.as_str(), self.day);
        match (self.relation, self.days) {
            (Relation::SameDay, _) => write!(f, "{basis} {day}, the same day: which was first is not known")?,
            (relation, 1) => write!(f, "{basis} {day}, 1 day {}", relation.as_str())?,
            (relation, days) => write!(f, "{basis} {day}, {days} days {}", relation.as_str())?,
        }
        if self.basis == Basis::Captured {
            write!(f, "; when both were published is not known")?;
        }
        if self.is_claimed {
            write!(f, "; the time of an imported capture is what its file says")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(asked: Option<&str>, this: Option<&str>, witnessed: bool) -> String {
        let document = |published: Option<&str>, captured: &str, witnessed| Document {
            published: published.map(|day| day.parse().unwrap()),
            captured_at: captured.parse().unwrap(),
            witnessed,
            ..Document::default()
        };
        let asked = document(asked, "2024-07-01T08:00:00Z", true);
        Order::of(&asked, &document(this, "2024-07-03T23:00:00Z", witnessed)).to_string()
    }

    #[test]
    fn the_order_is_said_with_what_it_is_known_by() {
        assert_eq!(
            order(Some("2024-06-28"), Some("2024-06-26"), true),
            "published 2024-06-26, 2 days before"
        );
        assert_eq!(
            order(Some("2024-05-30"), Some("2024-07-30"), true),
            "published 2024-07-30, 61 days after"
        );
        assert_eq!(order(Some("2024-06-25"), Some("2024-06-26"), false), "published 2024-06-26, 1 day after");
        assert_eq!(
            order(Some("2024-06-26"), Some("2024-06-26"), true),
            "published 2024-06-26, the same day: which was first is not known"
        );
        assert_eq!(
            order(None, Some("2024-06-26"), true),
            "captured 2024-07-03, 2 days after; when both were published is not known"
        );
        assert!(order(None, None, false).ends_with("the time of an imported capture is what its file says"));
    }
}
