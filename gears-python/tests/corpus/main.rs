//! Thousands of real files: nothing panics, and undefined names are those that pyflakes finds.
//!
//! The files are the standard library of the Python that set-up chose, with its own tests, and the packages of its
//! virtual environment. Which they are depends on the machine, so the test asks for shares and not for numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use gears_python::{Body, Checker, Diagnostic, Origin, PythonVersion, Rule};

/// Files that are larger hold tables rather than code, and cost most of the time.
const LARGEST: u64 = 25_000;

/// At least so many files have to be there for the shares to mean something.
const FILES: usize = 2_000;

/// The same where the system packs the tests of the standard library apart, as Debian does.
const FILES_WITHOUT_TESTS: usize = 1_000;

/// A read of a name: line, column from 1, name.
type Read = (u32, u32, String);

struct Opinion {
    parses: bool,
    undefined: BTreeSet<Read>,
    local: BTreeSet<Read>,
}

fn python() -> PathBuf {
    let set = std::env::var_os("PYO3_PYTHON").expect("cargo sets it by .cargo/config.toml");
    let python = PathBuf::from(set);
    assert!(
        python.exists(),
        "{} is missing, run `cargo xtask setup`",
        python.display()
    );
    python
}

fn folders(python: &Path) -> Vec<PathBuf> {
    let script =
        "import sysconfig\nfor key in ('stdlib', 'purelib'): print(sysconfig.get_path(key))";
    let output = Command::new(python).args(["-c", script]).output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(PathBuf::from).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap())
        .collect();
    entries.sort_by_key(|entry| entry.file_name());
    for entry in entries {
        let path = entry.path();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            // Packages that are installed beside the standard library are no part of it.
            let name = entry.file_name();
            if name != "site-packages" && name != "__pycache__" {
                collect(&path, files);
            }
        } else if path.extension().is_some_and(|extension| extension == "py")
            && entry.metadata().unwrap().len() <= LARGEST
            && !path.to_string_lossy().contains('\n')
        {
            files.push(path);
        }
    }
}

fn ask_pyflakes(python: &Path, files: &[(PathBuf, String)]) -> Vec<Opinion> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/pyflakes.py");
    let mut child = Command::new(python)
        .arg("-I")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    for (path, _) in files {
        writeln!(input, "{}", path.display()).unwrap();
    }
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "pyflakes does not run, is it in xtask/requirements.txt? run `cargo xtask setup`"
    );
    let mut opinions: Vec<Opinion> = files
        .iter()
        .map(|_| Opinion {
            parses: true,
            undefined: BTreeSet::new(),
            local: BTreeSet::new(),
        })
        .collect();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let opinion = &mut opinions[fields[0].parse::<usize>().unwrap()];
        let read = (
            fields[1].parse().unwrap(),
            fields[2].parse().unwrap(),
            fields[4].to_owned(),
        );
        match fields[3] {
            "undefined" => drop(opinion.undefined.insert(read)),
            "local" => drop(opinion.local.insert(read)),
            _ => opinion.parses = false,
        }
    }
    opinions
}

fn judge(files: &[(PathBuf, String)]) -> Vec<Vec<Diagnostic>> {
    let next = AtomicUsize::new(0);
    let workers = thread::available_parallelism().map_or(2, usize::from);
    let mut found: BTreeMap<usize, Vec<Diagnostic>> = BTreeMap::new();
    thread::scope(|threads| {
        let workers: Vec<_> = (0..workers)
            .map(|_| {
                threads.spawn(|| {
                    let mut mine = Vec::new();
                    while let Some((path, text)) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let index = files
                            .binary_search_by(|(other, _)| other.cmp(path))
                            .unwrap();
                        let body = Body::new(text, Origin::exact(path.to_string_lossy(), 1, 1));
                        let report = Checker::new(PythonVersion::NEWEST).check_file(&body);
                        mine.push((index, report.into_parts().1));
                    }
                    mine
                })
            })
            .collect();
        for worker in workers {
            found.extend(worker.join().unwrap());
        }
    });
    found.into_values().collect()
}

fn read_of(diagnostic: &Diagnostic) -> Read {
    let name = diagnostic.message().split('`').nth(1).unwrap().to_owned();
    let place = diagnostic.place();
    (place.line().unwrap(), place.column(), name)
}

/// Python counts columns in bytes of UTF-8, we count characters; lines that are not ASCII are compared by line and name.
fn same(one: &Read, other: &Read) -> bool {
    (one.0, &one.2) == (other.0, &other.2)
}

#[test]
fn names_are_those_that_pyflakes_finds() {
    let began = Instant::now();
    let python = python();
    let mut paths = Vec::new();
    for folder in folders(&python) {
        collect(&folder, &mut paths);
    }
    // What is in another encoding is not ours to read.
    let mut files: Vec<(PathBuf, String)> = paths
        .into_iter()
        .filter_map(|path| Some((path.clone(), fs::read_to_string(&path).ok()?)))
        .collect();
    files.sort();
    let with_tests = files
        .iter()
        .any(|(path, _)| path.ends_with("test/test_bool.py"));
    let least = match with_tests {
        true => FILES,
        false => FILES_WITHOUT_TESTS,
    };
    assert!(files.len() >= least, "only {} files", files.len());
    let (opinions, found) = thread::scope(|threads| {
        let asked = threads.spawn(|| ask_pyflakes(&python, &files));
        let found = judge(&files);
        (asked.join().unwrap(), found)
    });
    assert_eq!(found.len(), files.len());

    let (mut theirs, mut both, mut ours) = (0_usize, 0_usize, 0_usize);
    let (mut parsed, mut wrong, mut missed, mut refused) = (0, Vec::new(), Vec::new(), Vec::new());
    for (((path, _), opinion), found) in files.iter().zip(&opinions).zip(&found) {
        for diagnostic in found {
            assert!(
                !diagnostic.message().contains("gave up"),
                "{diagnostic} in {}",
                path.display()
            );
        }
        let syntax = found.iter().find(|it| it.rule().is_none());
        if !opinion.parses {
            continue;
        }
        if let Some(error) = syntax {
            refused.push(error.to_string());
            continue;
        }
        parsed += 1;
        let undefined: Vec<Read> = found
            .iter()
            .filter(|it| it.rule() == Some(Rule::UndefinedName))
            .map(read_of)
            .collect();
        let unbound: Vec<Read> = found
            .iter()
            .filter(|it| it.rule() == Some(Rule::UnboundLocal))
            .map(read_of)
            .collect();
        theirs += opinion.undefined.len();
        ours += undefined.len();
        for read in &opinion.undefined {
            if undefined
                .iter()
                .chain(&unbound)
                .any(|mine| same(mine, read))
            {
                both += 1;
            } else {
                missed.push(format!(
                    "{}:{}:{}: {}",
                    path.display(),
                    read.0,
                    read.1,
                    read.2
                ));
            }
        }
        for read in &undefined {
            if !opinion
                .undefined
                .iter()
                .chain(&opinion.local)
                .any(|other| same(other, read))
            {
                wrong.push(format!(
                    "{}:{}:{}: {}",
                    path.display(),
                    read.0,
                    read.1,
                    read.2
                ));
            }
        }
    }
    println!(
        "{} files, {parsed} compared, {:.0} s; pyflakes tells {theirs} undefined names, we tell {ours}; of theirs we \
         tell {both}",
        files.len(),
        began.elapsed().as_secs_f64(),
    );
    println!("missed:\n{}", missed.join("\n"));
    println!("refused:\n{}", refused.join("\n"));
    assert!(
        wrong.is_empty(),
        "pyflakes finds these fine:\n{}",
        wrong.join("\n")
    );
    assert!(
        refused.is_empty(),
        "Python parses what we refuse:\n{}",
        refused.join("\n")
    );
    // What a question for the version of Python guards is missing on purpose.
    assert!(
        both * 100 >= theirs * 90,
        "only {both} of {theirs}, without:\n{}",
        missed.join("\n")
    );
}
