//! Names in tables: in one column beside places and numbers, or in every cell.

use super::name;
use super::numbers::digit;
use super::vocabulary::{has, has_word};
use crate::statement::Signatory;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Name,
    Place,
    Number,
    Acronym,
    Role,
    Other,
}

/// Reads the rows of a table, one a line with cells separated by ` | `.
pub(crate) fn read(text: &str) -> Vec<Signatory> {
    let rows: Vec<Vec<&str>> = text.lines().map(|row| row.split('|').map(str::trim).collect()).collect();
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    let head = rows.first().and_then(|row| headings(row));
    let rows = rows.get(usize::from(head.is_some())..).unwrap_or_default();
    let columns = head.unwrap_or_else(|| guess(rows, width));
    rows.iter().flat_map(|row| of_row(row, &columns)).collect()
}

/// The columns by their headings, if the row is one of headings.
fn headings(row: &[&str]) -> Option<Vec<Column>> {
    let columns: Vec<Column> = row.iter().map(|cell| heading(cell)).collect();
    let known = columns.iter().filter(|column| **column != Column::Other).count();
    let named = columns.contains(&Column::Name);
    let repeated = columns.iter().filter(|column| **column == Column::Name).count() > 1;
    (named && known * 2 >= row.len() && (known >= 2 || row.len() == 1 || repeated)).then_some(columns)
}

fn heading(cell: &str) -> Column {
    let cell = cell.to_lowercase();
    let cell = cell.trim_end_matches([':', '.']);
    let is = |list: &str| has(list, cell) || has(list, &format!("{cell}."));
    if is("column-number") {
        Column::Number
    } else if is("column-acronym") {
        Column::Acronym
    } else if is("column-place") {
        Column::Place
    } else if is("column-name") {
        Column::Name
    } else if is("column-role") {
        Column::Role
    } else {
        Column::Other
    }
}

/// The columns by what they hold.
fn guess(rows: &[Vec<&str>], width: usize) -> Vec<Column> {
    let mut columns: Vec<Column> = (0..width).map(|index| guess_column(&cells(rows, index))).collect();
    let named: Vec<usize> = columns
        .iter()
        .enumerate()
        .filter(|(_, column)| **column == Column::Name)
        .map(|(index, _)| index)
        .collect();
    if let Some((first, rest)) = named.split_first() {
        let names = cells(rows, *first);
        for index in rest {
            if are_places(&cells(rows, *index), &names)
                && let Some(column) = columns.get_mut(*index)
            {
                *column = Column::Place;
            }
        }
    }
    columns
}

fn cells<'a>(rows: &[Vec<&'a str>], index: usize) -> Vec<&'a str> {
    rows.iter().filter_map(|row| row.get(index).copied()).filter(|cell| !cell.is_empty()).collect()
}

fn guess_column(cells: &[&str]) -> Column {
    let most =
        |test: &dyn Fn(&str) -> bool| cells.iter().filter(|cell| test(cell)).count() * 5 >= cells.len() * 4;
    if cells.is_empty() {
        Column::Other
    } else if most(&|cell| cell.chars().all(|c| digit(c).is_some() || matches!(c, '.' | ')' | '(' | '#'))) {
        Column::Number
    } else if cells.len() >= 2 && most(&|cell| name::is_acronym(cell)) {
        Column::Acronym
    } else {
        Column::Name
    }
}

/// Whether a column holds the places of the names beside it: shorter, without words of organisations, or repeated.
fn are_places(cells: &[&str], names: &[&str]) -> bool {
    if cells.len() < 2 || cells.iter().any(|cell| has_word("orgword", cell) || cell.contains('(')) {
        return false;
    }
    let words = |cells: &[&str]| {
        cells.iter().map(|cell| cell.split_whitespace().count()).sum::<usize>() * 10 / cells.len().max(1)
    };
    let letters =
        |cells: &[&str]| cells.iter().map(|cell| cell.chars().count()).sum::<usize>() / cells.len().max(1);
    let mut distinct = cells.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let repeated = distinct.len() * 10 <= cells.len() * 7;
    let shorter =
        words(cells) <= 17 && (words(names) >= words(cells) + 7 || letters(names) * 2 >= letters(cells) * 3);
    (repeated && letters(cells) <= 30) || shorter
}

fn of_row(row: &[&str], columns: &[Column]) -> Vec<Signatory> {
    let cell = |wanted: Column| {
        row.iter()
            .zip(columns)
            .find(|(cell, column)| **column == wanted && !cell.is_empty())
            .map(|(cell, _)| *cell)
    };
    let names = columns.iter().filter(|column| **column == Column::Name).count();
    let number = |text: &str| {
        text.trim_matches(['.', '(', ')', '#', ' '])
            .chars()
            .try_fold(0_u32, |sum, c| sum.checked_mul(10)?.checked_add(digit(c)?))
    };
    if names == 1 {
        let Some(mut one) = cell(Column::Name).and_then(|text| name::read(text, None)) else {
            return Vec::new();
        };
        one.place = cell(Column::Place).map(str::to_owned).or(one.place);
        one.acronym = cell(Column::Acronym).map(str::to_owned).or(one.acronym);
        one.role = cell(Column::Role).map(str::to_owned).or(one.role);
        one.number = cell(Column::Number).and_then(number).or(one.number);
        return vec![one];
    }
    // Names in every cell, each perhaps with its number before it and its place behind it.
    let (mut out, mut counted): (Vec<Signatory>, Option<u32>) = (Vec::new(), None);
    for (text, column) in row.iter().zip(columns) {
        match column {
            Column::Number => counted = number(text),
            Column::Name => {
                out.extend(name::read(text, counted.take()));
            }
            Column::Place => {
                if let Some(last) = out.last_mut().filter(|last| last.place.is_none() && !text.is_empty()) {
                    last.place = Some((*text).to_owned());
                }
            }
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        read(text)
            .into_iter()
            .map(|one| format!("{}|{}|{}", one.name, one.place.unwrap_or_default(), one.number.unwrap_or(0)))
            .collect()
    }

    #[test]
    fn columns_by_heading() {
        assert_eq!(
            shown("No. | Organisation | Country\n1 | Lake Union | Laos\n2 | River League | Laos"),
            ["Lake Union|Laos|1", "River League|Laos|2"]
        );
        assert_eq!(
            shown("Pays | Nom\nLaos | Ligue du lac\nMali | Réseau des rives"),
            ["Ligue du lac|Laos|0", "Réseau des rives|Mali|0"]
        );
    }

    #[test]
    fn columns_by_what_they_hold() {
        assert_eq!(
            shown("Lake Workers Union | Laos\nRiver League of the South | Thailand"),
            ["Lake Workers Union|Laos|0", "River League of the South|Thailand|0"]
        );
        assert_eq!(
            shown("Lake Union | River League | Tree Group\nStone Forum | Sand Network |"),
            ["Lake Union||0", "River League||0", "Tree Group||0", "Stone Forum||0", "Sand Network||0"]
        );
        assert_eq!(
            shown("1 | Lake Union | 3 | Tree Group\n2 | River League | 4 | Sand Network"),
            ["Lake Union||1", "Tree Group||3", "River League||2", "Sand Network||4"]
        );
    }
}
