//! However much there is of anything, the time that it takes grows with it and no faster.
//!
//! The only test of its program: what others compute would count as well.

use std::time::Duration;

use gears_python::{Body, Checker, Origin, PythonVersion};
use rustix::time::{ClockId, clock_gettime};

/// Returns how long this process has computed, whatever else the machine does.
fn computed() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let (seconds, nanos) = (u64::try_from(time.tv_sec), u32::try_from(time.tv_nsec));
    Duration::new(seconds.unwrap(), nanos.unwrap())
}

/// Four times as much takes four times as long; what is worse than linear takes sixteen times.
#[test]
fn much_of_everything() {
    // Less is over before anything shows.
    const ENOUGH: Duration = Duration::from_millis(200);
    for ((what, little), (_, much)) in everything(50_000).into_iter().zip(everything(200_000)) {
        let took = [little, much].map(|text| {
            let before = computed();
            let checker = Checker::new(PythonVersion::NEWEST).parameters(&["key"]);
            let body = Body::new(&text, Origin::exact("x.py", 1, 1));
            for report in [checker.check(&body), checker.check_file(&body)] {
                for diagnostic in report.diagnostics() {
                    let gave_up = diagnostic.message().contains("gave up");
                    assert!(!gave_up, "{what}: {diagnostic}");
                }
            }
            computed() - before
        });
        assert!(took[1] < took[0] * 10 + ENOUGH, "{what}: {took:?}");
    }
}

/// Makes texts of this length.
fn everything(length: usize) -> Vec<(&'static str, String)> {
    let many = |unit: &dyn Fn(usize) -> String| -> String {
        let mut text = String::new();
        for number in 0.. {
            let unit = unit(number);
            if text.len() + unit.len() > length {
                break;
            }
            text.push_str(&unit);
        }
        text
    };
    vec![
        ("names", many(&|n| format!("a{n} = 1\n"))),
        ("undefined names", many(&|n| format!("a{n}\n"))),
        ("branches", many(&|n| format!("if key: a{n} = 1\n"))),
        ("unbound names", many(&|n| format!("a{n} += 1\n"))),
        ("loops", many(&|n| format!("for a{n} in key: pass\n"))),
        (
            "tries",
            many(&|n| format!("try: a{n} = 1\nexcept E: pass\n")),
        ),
        ("functions", many(&|n| format!("def f{n}(a): return a\n"))),
        ("classes", many(&|n| format!("class A{n}: a = key\n"))),
        ("comprehensions", many(&|_| "[a for a in key]\n".to_owned())),
        ("lambdas", many(&|_| "lambda a: key\n".to_owned())),
        ("globals", many(&|n| format!("global a{n}\n"))),
        ("imports", many(&|n| format!("import a{n}\n"))),
        ("walruses", many(&|n| format!("(a{n} := 1)\n"))),
        ("returns", many(&|_| "return\n".to_owned())),
        ("yields", many(&|_| "yield\n".to_owned())),
        ("breaks", many(&|_| "break\n".to_owned())),
        ("deletes", many(&|_| "del key\n".to_owned())),
        (
            "parameters",
            format!("def f({}): pass", many(&|n| format!("a{n}, "))),
        ),
        (
            "arguments",
            format!("f({})", many(&|n| format!("a{n}=1, "))),
        ),
        ("targets", format!("{}1", many(&|n| format!("a{n} = ")))),
        (
            "alternatives",
            format!("if a: pass\n{}", many(&|n| format!("elif a{n}: pass\n"))),
        ),
        (
            "cases",
            format!(
                "match key:\n{}",
                many(&|n| format!("  case a{n}, 1: pass\n"))
            ),
        ),
        ("texts", format!("x = ({})", many(&|_| "'a' ".to_owned()))),
        (
            "fields",
            format!("x = f'{}'", many(&|n| format!("{{a{n}}}"))),
        ),
        (
            "decorators",
            format!("{}def f(): pass", many(&|n| format!("@a{n}\n"))),
        ),
        ("comments", many(&|n| format!("# {n}\n"))),
        (
            "continued lines",
            format!("x = 1 {}", many(&|_| "\\\n".to_owned())),
        ),
    ]
}
