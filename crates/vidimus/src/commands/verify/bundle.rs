//! `vidimus verify` of a bundle of evidence (L0 to L4), or of a WARC file with the proof that a capture in it is in the log.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::json;
use vidimus_archive::{manifests_of, verify_files};
use vidimus_catalog::time_text;
use vidimus_evidence::{BundleCheck, BundleTrust, LogProof, check_bundle, check_log, is_bundle};
use vidimus_ledger::{Event, Leaf};
use vidimus_snapshot::SnapshotId;

use super::proof::{known_key, read_roots};
use crate::args::{Global, Verify};
use crate::exit::{Failure, INCOMPLETE, NOT_WELL};
use crate::terminal::{self, BAD, GOOD, STRONG, printable};

/// What each level proves of a bundle.
const LEVELS: [(u8, &str); 5] = [
    (
        0,
        "every file is the one that the bag's own lists name, and there is no other (whoever makes a bundle anew makes its lists anew)",
    ),
    (1, "every record and the package are well-formed and have the digests that they should"),
    (2, "the records, headers included, the text and the package are those of the manifest"),
    (3, "the manifest is in the log that the key signed"),
    (4, "the manifest, and so all that it names, existed by the time that a timestamp authority states"),
];
/// What each level proves of a WARC file with a proof; there is no bag, so that L0 does not apply.
const LEVELS_OF_FILE: [(u8, &str); 4] = [
    (1, "every record of the file is well-formed and has the digests that it should"),
    (2, "the records of the file, headers included, are those that the manifests in it name"),
    (3, "the manifest that the leaf names is in the log that the key signed"),
    (4, "that manifest existed by the time that a timestamp authority states"),
];
/// The files of a bundle that no proof covers.
const FOR_READING: &str = "data/report.html is for reading and is not proved; nor are data/certificate-902.md, data/VERIFY.txt, data/verify.sh and bag-info.txt";
const NOT_PROVED: &str = "not proved by any of this: that the server sent it (TLS leaves no proof of that), or that what it says is true";

/// The bundle, or the file with a proof, if that is what is to be verified.
pub fn named(options: &Verify) -> Result<Option<&Path>, Failure> {
    let bundles: Vec<&Path> = options.what.iter().map(Path::new).filter(|path| is_bundle(path)).collect();
    match (bundles.as_slice(), options.what.as_slice()) {
        ([_], _) if options.against.is_some() => Err(Failure::usage(
            "--against is for an archive: a bundle holds one leaf of the log, and not the log",
        )),
        ([_], _) if options.proof.is_some() => {
            Err(Failure::usage("--proof is for a WARC file: a bundle has its proof in it"))
        }
        ([only], [_]) => Ok(Some(only)),
        ([], _) if options.proof.is_some() && options.tsa_root.is_some() => Err(Failure::usage(
            "--tsa-root is for a bundle of evidence: a file with a proof has no timestamp",
        )),
        ([], [only]) if options.proof.is_some() => Ok(Some(Path::new(only))),
        ([], _) if options.proof.is_some() => {
            Err(Failure::usage("--proof is for one WARC file: name just one"))
        }
        ([], what)
            if what.iter().any(|name| Path::new(name).is_file())
                && (options.key.is_some() || options.tsa_root.is_some() || options.against.is_some()) =>
        {
            Err(Failure::usage(
                "--key, --tsa-root and --against are for an archive or a bundle of evidence; a file alone has no log",
            ))
        }
        ([], _) => Ok(None),
        _ => {
            Err(Failure::usage("a bundle of evidence is verified by itself: name just one, and nothing else"))
        }
    }
}

/// Verifies it, and says what each level proved.
pub async fn run(global: &Global, options: &Verify, path: &Path) -> Result<ExitCode, Failure> {
    let trust = trust(options)?;
    let is_file = options.proof.is_some();
    let (path, options) = (path.to_owned(), options.clone());
    let check = tokio::task::spawn_blocking(move || match (&options.proof, &options.leaf) {
        (Some(proof), Some(leaf)) => warc(&path, proof, leaf, &trust),
        _ => check_bundle(&path, &trust).map_err(|error| Failure::io(error.to_string())),
    });
    let check = check.await.map_err(|error| Failure::system(error.to_string()))??;
    if global.json {
        as_json(&check, is_file)?
    } else {
        as_text(global, &check, is_file)?
    }
    Ok(if check.is_wrong() {
        ExitCode::from(NOT_WELL)
    } else if check.is_proved() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(INCOMPLETE)
    })
}

fn trust(options: &Verify) -> Result<BundleTrust, Failure> {
    let keys = options.key.iter().map(|text| known_key(text)).collect::<Result<_, _>>()?;
    let roots = options.tsa_root.as_deref().map(read_roots).transpose()?.unwrap_or_default();
    Ok(BundleTrust { keys, roots })
}

fn read(path: &PathBuf) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| Failure::no_archive(format!("reading {}: {error}", path.display())))
}

/// A WARC file with the proof of one of its captures: L1 and L2 of the file, and L3.
fn warc(path: &Path, proof: &PathBuf, leaf: &PathBuf, trust: &BundleTrust) -> Result<BundleCheck, Failure> {
    let mut check = BundleCheck::default();
    let report = verify_files(&[path.to_owned()])?;
    for finding in &report.findings {
        check.flaws.push(vidimus_evidence::Flaw {
            level: finding.level,
            file: finding.file.clone(),
            what: format!("offset {}: {}", finding.offset, finding.what),
        });
    }
    if !report.l2_checked {
        let what = "no manifest in the file names all of its records: they were not compared with one";
        check.missing.push((2, what.to_owned()));
    }
    let files = LogProof { leaf: read(leaf)?, proof: read(proof)?, key: None };
    let named = Leaf::read(&files.leaf).ok().and_then(|leaf| match leaf.event {
        Event::Capture { manifest } | Event::Import { manifest } => Some(manifest),
        _ => None,
    });
    let held = manifests_of(path)?;
    let found = held.iter().find(|(id, _)| Some(*id) == named);
    if found.is_none() {
        check.flaws.push(vidimus_evidence::Flaw {
            level: 2,
            file: path.display().to_string(),
            what: "it does not hold the manifest that the leaf names".to_owned(),
        });
    }
    let id = found.map(|(id, _)| *id).or(named).unwrap_or_else(|| SnapshotId::of_manifest(b""));
    check.snapshot = named;
    check_log(&files, id, found.map(|(_, manifest)| manifest), trust, &mut check);
    check.missing.push((4, "a proof alone has no timestamp: that takes a bundle".to_owned()));
    Ok(check)
}

fn as_text(global: &Global, check: &BundleCheck, is_file: bool) -> Result<(), Failure> {
    for flaw in &check.flaws {
        let file = if flaw.file.is_empty() {
            String::new()
        } else {
            format!("{STRONG}{}{STRONG:#}: ", printable(&flaw.file))
        };
        terminal::line(&format!("{BAD}L{}{BAD:#} {file}{}", flaw.level, printable(&flaw.what)))?;
    }
    if global.quiet {
        return Ok(());
    }
    if let Some(id) = check.snapshot {
        terminal::line(&format!("capture {STRONG}{}{STRONG:#} (sha256:{})", id.nih(), id.hex()))?;
    }
    if is_file {
        terminal::line("L0 does not apply: this is a file with a proof, and no bag")?;
    }
    for (level, what) in if is_file { LEVELS_OF_FILE.as_slice() } else { LEVELS.as_slice() } {
        let level = *level;
        let told = match (check.level(level), check.withheld(level)) {
            (Some(true), _) => format!("{GOOD}proved{GOOD:#}  {what}"),
            (Some(false), _) => format!("{BAD}failed{BAD:#}  it is not so that {what}"),
            (None, Some(failed)) => format!("not proved, because L{failed} failed: {what}"),
            (None, None) => format!("not proved  {what}"),
        };
        terminal::line(&format!("L{level} {told}"))?;
        let of_level = check.proved.iter().filter(|(of, _)| *of == level).map(|(_, what)| what);
        let open = check.missing.iter().filter(|(of, _)| *of == level).map(|(_, what)| what);
        for what in of_level.chain(open) {
            terminal::line(&format!("   {}", printable(what)))?;
        }
    }
    for note in &check.notes {
        terminal::remark(&printable(note));
    }
    if !is_file {
        terminal::line(FOR_READING)?;
    }
    Ok(terminal::line(NOT_PROVED)?)
}

fn as_json(check: &BundleCheck, is_file: bool) -> Result<(), Failure> {
    for flaw in &check.flaws {
        let line = json!({"kind": "finding", "level": flaw.level, "file": flaw.file, "what": flaw.what});
        terminal::line(&line.to_string())?;
    }
    let times = check.times.iter().map(|(name, time)| json!({"authority": name, "time": time_text(*time)}));
    let told = |list: &[(u8, String)]| {
        list.iter().map(|(level, what)| json!({"level": level, "what": what})).collect::<Vec<_>>()
    };
    let line = json!({
        "kind": "summary",
        "bundle": !is_file,
        "snapshot": check.snapshot.map(|id| id.hex()),
        "findings": check.flaws.len(),
        "L0": check.level(0).filter(|_| !is_file),
        "L1": check.level(1),
        "L2": check.level(2),
        "L3": check.level(3),
        "L4": check.level(4),
        "proved": told(&check.proved),
        "missing": told(&check.missing),
        "notes": check.notes,
        "times": times.collect::<Vec<_>>(),
    });
    Ok(terminal::line(&line.to_string())?)
}
