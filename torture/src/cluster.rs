//! Runs over several shards while shards die, hang, change places and lose each other: each is
//! answered right or with an error, and in time; in the end nothing is left of any.

mod job;
mod lane;
mod rest;
mod scene;
mod shards;
mod trouble;

use std::io::Result;
use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;

use crate::report::Report;
use crate::server::Plan;
use lane::Lane;
use scene::Scene;
use shards::Shards;
use trouble::Trouble;

/// After so many rounds, new servers take the place of the old ones.
const LIFE: usize = 12;

/// How much trouble there is in a round at most.
const TROUBLES: usize = 3;

pub(crate) fn run(plan: &Plan, seed: u64, time: Duration, report: &mut Report) -> Result<()> {
    let mut random = Rng::with_seed(seed);
    let mut until = None;
    while until.is_none_or(|until| Instant::now() < until) {
        let mut shards = Shards::start(&ready(plan, &mut random))?;
        let scene = Scene::set(&shards)?;
        // Time counts from when they are there.
        let until = *until.get_or_insert_with(|| Instant::now() + time);
        for _ in 0..LIFE {
            let troubles = troubles(&mut random);
            let finds = report.finds();
            let end = round(&mut shards, &scene, &troubles, &mut random, report);
            report.count("rounds", 1);
            let fault = match end {
                Ok(fault) => fault.or_else(|| shards.fault()),
                // A server that has ended is told of, not that it cannot be reached.
                Err(error) => Some(shards.fault().unwrap_or_else(|| error.to_string())),
            };
            if let Some(fault) = fault {
                report.find(&fault);
            }
            if report.finds() > finds {
                eprintln!(
                    "in a round with {troubles:?}, seed {seed}\n{}",
                    shards.last_words()
                );
                break;
            }
            if Instant::now() >= until {
                break;
            }
        }
    }
    Ok(())
}

fn ready(plan: &Plan, random: &mut Rng) -> Plan {
    let mut one = |options: &[&'static str]| options[random.usize(..options.len())];
    plan.with(&["--cluster-enabled", "yes", "--appendonly", "yes"])
        .with(&["--repl-diskless-sync-delay", "0"])
        .with(&["--cluster-node-timeout", one(&["2000", "15000"])])
        .setting("PipInstall", "0")
        .setting("ExecutionMaxIdleTime", "2000")
        .setting("ClusterPeerTimeout", one(&["1000", "5000"]))
        .setting("ClusterRunMemory", one(&["1048576", "67108864"]))
}

fn troubles(random: &mut Rng) -> Vec<Trouble> {
    let count = random.usize(..=TROUBLES);
    (0..count).map(|_| Trouble::any(random)).collect()
}

/// Has clients do all they can while there is trouble, and looks at what is left then.
fn round(
    shards: &mut Shards,
    scene: &Scene,
    troubles: &[Trouble],
    random: &mut Rng,
    report: &mut Report,
) -> Result<Option<String>> {
    scene.begin(troubles.iter().any(Trouble::cuts_clients));
    let before = scene.seen(shards)?;
    let lanes = Lane::all(scene, random);
    let (lanes, fault) = thread::scope(|scope| {
        let lanes: Vec<_> = lanes
            .into_iter()
            .map(|lane| {
                let mut report = report.beside();
                scope.spawn(move || {
                    let sent = lane.run(&mut report);
                    (report, sent)
                })
            })
            .collect();
        let fault = make_trouble(shards, scene, troubles, random, report);
        scene.end();
        let lanes: Vec<_> = lanes.into_iter().map(|lane| lane.join()).collect();
        (lanes, fault)
    });
    let mut sent = 0;
    for lane in lanes.into_iter().flatten() {
        report.add(lane.0);
        sent += lane.1;
    }
    let fault = match fault? {
        Some(fault) => Some(fault),
        None => rest::find_rest(shards)?,
    };
    let seen = scene.seen(shards)?.saturating_sub(before);
    report.count("events seen", seen);
    Ok(fault.or_else(|| {
        let is_wrong = seen > sent || troubles.is_empty() && seen != sent;
        is_wrong.then(|| format!("{sent} events were sent, and {seen} were seen"))
    }))
}

fn make_trouble(
    shards: &mut Shards,
    scene: &Scene,
    troubles: &[Trouble],
    random: &mut Rng,
    report: &mut Report,
) -> Result<Option<String>> {
    thread::sleep(Duration::from_millis(random.u64(100..1_000)));
    for trouble in troubles {
        let fault = trouble.make(shards, scene, random)?;
        scene.look(shards);
        report.count(trouble.name(), 1);
        if fault.is_some() {
            return Ok(fault);
        }
        thread::sleep(Duration::from_millis(random.u64(..1_000)));
    }
    Ok(None)
}
