//! Builds the pages of `ui/` with Node.js, for `src/pages.rs` to embed. Where Node.js is missing or
//! too old the build says so and goes on: the binary then has no pages.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// What is part of the pages; anything else in `ui/` does not rebuild them.
const SOURCES: [&str; 8] = [
    "ui/src",
    "ui/public",
    "ui/index.html",
    "ui/package.json",
    "ui/package-lock.json",
    "ui/tsconfig.json",
    "ui/vite.config.ts",
    "ui/.npmrc",
];

fn main() {
    // A file that is missing counts as changed at every build.
    for source in SOURCES.into_iter().filter(|source| Path::new(source).exists()) {
        println!("cargo::rerun-if-changed={source}");
    }
    println!("cargo::rerun-if-env-changed=KIRIN_PAGES");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR")).join("ui");
    let _ = fs::remove_dir_all(&out);
    fs::create_dir_all(&out).expect("OUT_DIR can be written");
    if env::var_os("KIRIN_PAGES").is_some_and(|value| value == "off") {
        return;
    }
    if let Err(reason) = build(Path::new("ui"), &out) {
        let _ = fs::remove_dir_all(&out);
        fs::create_dir_all(&out).expect("OUT_DIR can be written");
        println!("cargo::warning=built without pages: {reason}");
    }
}

fn build(ui: &Path, out: &Path) -> Result<(), String> {
    let version = run(ui, out, "node", &["--version"])
        .map_err(|_| "Node.js is not installed; 20.19 or later is needed".to_owned())?;
    if !is_new_enough(&version) {
        return Err(format!("Node.js {} is too old; 20.19 or later is needed", version.trim()));
    }
    // A folder of its own, so that builds of several profiles do not disturb each other.
    let work = out.with_file_name("ui-build");
    copy(ui, &work).map_err(|error| format!("copying ui/ to {}: {error}", work.display()))?;
    run(&work, out, "npm", &["ci", "--no-audit", "--no-fund", "--loglevel=error"])?;
    run(&work, out, "npm", &["run", "build"])?;
    if out.join("index.html").is_file() {
        Ok(())
    } else {
        Err("npm run build wrote no index.html".to_owned())
    }
}

fn is_new_enough(version: &str) -> bool {
    let mut numbers = version.trim().trim_start_matches('v').split('.').map(|part| part.parse().unwrap_or(0));
    let (major, minor) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    (major, minor) >= (20, 19)
}

fn run(folder: &Path, out: &Path, program: &str, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .env("KIRIN_UI_OUT", out)
        .output()
        .map_err(|error| format!("{program}: {error}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        return Ok(text(&output.stdout));
    }
    let said = text(&output.stderr) + &text(&output.stdout);
    let last: Vec<&str> = said.lines().rev().take(8).collect();
    Err(format!(
        "{program} {} failed: {}",
        arguments.join(" "),
        last.into_iter().rev().collect::<Vec<_>>().join(" | ")
    ))
}

/// The sources without what earlier runs of npm left among them.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for source in SOURCES {
        let name = Path::new(source).strip_prefix("ui").expect("all lie below ui");
        let (from, to) = (from.join(name), to.join(name));
        if from.is_dir() {
            let _ = fs::remove_dir_all(&to);
            copy_folder(&from, &to)?;
        } else if from.is_file() {
            fs::copy(&from, &to)?;
        }
    }
    Ok(())
}

fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), &to)?;
        }
    }
    Ok(())
}
