//! The WARC file inside the package of a bundle, read where it lies.

use std::fs::File;
use std::io;

use vidimus_archive::Section;
use zip::{CompressionMethod, ZipArchive};

/// The one WARC file of a package, which is stored in it as it is.
pub(crate) fn inner_warc(package: &File) -> io::Result<Section> {
    let damaged = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let mut zip = ZipArchive::new(io::BufReader::new(package.try_clone()?))?;
    let all: Vec<String> = zip.file_names().map(|name| Ok(name?.into_owned())).collect::<io::Result<_>>()?;
    let names: Vec<&String> = all.iter().filter(|name| name.starts_with("archive/")).collect();
    let [name] = names.as_slice() else { return Err(damaged("there is not one WARC file in the package")) };
    let entry = zip.by_name(name)?;
    if entry.compression() != CompressionMethod::Stored || entry.encrypted() {
        return Err(damaged("the WARC file of the package is not stored as it is"));
    }
    let start = entry.data_start().ok_or_else(|| damaged("the WARC file of the package has no place"))?;
    let (length, file) = (entry.size(), package.try_clone()?);
    Ok(Section::new(file, start, length))
}
