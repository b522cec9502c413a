//! How to check a bundle without this software: in words, and as a script. Both come with every bundle.

use crate::case::Case;

/// `verify.sh`, the same in every bundle of this version.
pub const SCRIPT: &str = include_str!("../assets/verify.sh");

const TEXT: &str = include_str!("../assets/VERIFY.txt");

/// `VERIFY.txt` for one bundle.
pub(crate) fn text(case: &Case) -> String {
    TEXT.replace("@FOLDER@", &case.top())
        .replace("@HASH@", &case.id.hex())
        .replace("@NIH@", &case.id.nih())
        .replace("@RECORDS@", &case.parts.records.len().to_string())
}
