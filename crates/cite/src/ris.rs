//! RIS: one tag a line, lines that end in CR LF.

use jiff::civil::Date;

use crate::facts::Source;

pub(crate) fn entry(source: &Source) -> String {
    let mut lines = vec![("TY", "ELEC".to_owned()), ("ID", source.key())];
    lines.extend(source.authors.iter().map(|name| ("AU", name.clone())));
    lines.push(("TI", source.title().to_owned()));
    lines.extend(source.site.iter().map(|site| ("T2", site.clone())));
    lines.extend(source.organisation.iter().map(|name| ("PB", name.clone())));
    if let Some(day) = source.published {
        lines.push(("PY", format!("{:04}", day.year())));
        lines.push(("DA", date(day)));
    }
    lines.push(("Y2", date(source.captured_on())));
    lines.push(("UR", source.url.clone()));
    lines.extend(source.archive_url.iter().map(|url| ("L2", url.clone())));
    lines.extend(source.language.iter().map(|language| ("LA", language.clone())));
    lines.extend(source.operator.iter().map(|name| ("DB", name.clone())));
    lines.push(("N1", source.note()));
    lines.push(("ER", String::new()));
    lines.iter().map(|(tag, value)| format!("{tag}  - {value}\r\n")).collect()
}

fn date(day: Date) -> String {
    day.strftime("%Y/%m/%d").to_string()
}
