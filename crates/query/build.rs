//! Links the program so that it starts quickly: a search is over in about the time that the system needs to start it.
//!
//! The program gets a fixed address and the system's libraries in itself: loading three of them, and writing thousands of
//! addresses into them and it, takes as long as a search. It reads files of our own and a query, looks up no names in the
//! system's databases and loads nothing later, so it has less to fear and to lose from that than a server.
//!
//! Cargo has no such setting for one program of a workspace, so the linker is shown the archives of these libraries where
//! it looks for the libraries. Where they are not there, or anything else is different from what is expected here, the
//! program is linked as any other, or with as much of this as can be had.

use std::path::{Path, PathBuf};
use std::process::Command;

/// What Rust's own libraries ask the linker for, and the archives that hold the same.
const LIBRARIES: [(&str, &[&str]); 7] = [
    ("libc.so", &["libc.a"]),
    ("libm.so", &["libm.a"]),
    ("libgcc_s.so", &["libgcc_eh.a", "libgcc.a"]),
    ("libdl.so", &["libdl.a"]),
    ("librt.so", &["librt.a"]),
    ("libpthread.so", &["libpthread.a"]),
    ("libutil.so", &["libutil.a"]),
];

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let target = |name: &str| std::env::var(format!("CARGO_CFG_TARGET_{name}")).unwrap_or_default();
    let is_native = std::env::var("HOST").ok() == std::env::var("TARGET").ok();
    // Who asks for a static program gets it from Rust itself.
    let is_static = target("FEATURE").split(',').any(|feature| feature == "crt-static");
    if !is_native || is_static || target("OS") != "linux" || target("ENV") != "gnu" {
        return;
    }
    println!("cargo:rustc-link-arg-bin=vidimus-query=-no-pie");
    if let Some(folder) =
        std::env::var_os("OUT_DIR").map(PathBuf::from).filter(|folder| stand_in(folder).is_some())
    {
        println!("cargo:rustc-link-arg-bin=vidimus-query=-static");
        println!("cargo:rustc-link-arg-bin=vidimus-query=-L{}", folder.display());
    }
}

/// Writes what the linker finds in the place of libraries: where their archives are. Nothing when one has none.
#[expect(clippy::disallowed_methods, reason = "the build writes into its own folder")]
fn stand_in(folder: &Path) -> Option<()> {
    let scripts = LIBRARIES.iter().map(|(library, archives)| {
        let archives: Option<Vec<String>> = archives.iter().map(|name| archive(name)).collect();
        Some((library, format!("GROUP ( {} )\n", archives?.join(" "))))
    });
    let scripts: Vec<_> = scripts.collect::<Option<_>>()?;
    scripts.iter().try_for_each(|(library, script)| std::fs::write(folder.join(library), script)).ok()
}

/// The path of a library's archive.
fn archive(name: &str) -> Option<String> {
    let found = Command::new("cc").arg(format!("-print-file-name={name}")).output().ok()?;
    let path = String::from_utf8(found.stdout).ok()?.trim().to_owned();
    // Where there is none, the name alone comes back.
    let path = Path::new(&path).is_absolute().then_some(path).filter(|path| Path::new(path).is_file())?;
    println!("cargo:rerun-if-changed={path}");
    Some(path)
}
