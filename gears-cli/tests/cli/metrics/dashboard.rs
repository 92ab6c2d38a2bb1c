//! The dashboard asks for what is served, and shows what is served.

use std::collections::{BTreeMap, BTreeSet};

use gears_tests::{ClusterPlan, Figures, ask, until};
use serde_json::Value as Json;

use super::SCRIPT;
use crate::tool::Tool;

/// What is served and on no panel, with the reason.
const NOT_SHOWN: [(&str, &str); 1] = [(
    "gears_deadline_seconds",
    "a setting, for rules that compare times with it",
)];

/// The labels of each metric that is served.
type Served = BTreeMap<String, BTreeSet<String>>;

/// What an expression of PromQL names.
#[derive(Debug, Default, PartialEq)]
struct Named {
    /// Each metric with the labels that its values are chosen by.
    metrics: Vec<(String, Vec<String>)>,
    /// What values are grouped by.
    groups: Vec<String>,
}

/// Reads an expression, as far as names go.
fn named(expression: &str) -> Named {
    let mut named = Named::default();
    let is_part = |char: char| char.is_ascii_alphanumeric() || char == '_';
    let mut rest = expression;
    while let Some(start) = rest.find(|char: char| char.is_ascii_alphabetic() || char == '"') {
        rest = &rest[start..];
        if let Some(quoted) = rest.strip_prefix('"') {
            rest = quoted.split_once('"').expect("a text that ends").1;
            continue;
        }
        let (word, after) = rest.split_at(rest.find(|char| !is_part(char)).unwrap_or(rest.len()));
        rest = after;
        if word == "by" {
            let (names, after) = rest.trim_start()[1..].split_once(')').unwrap();
            named
                .groups
                .extend(names.split(',').map(|name| name.trim().to_owned()));
            rest = after;
        } else if word.starts_with("gears_") {
            let mut labels = Vec::new();
            if let Some(chosen) = rest.strip_prefix('{') {
                let (chosen, after) = chosen.split_once('}').unwrap();
                let name = |one: &str| one.split(['=', '!']).next().unwrap().trim().to_owned();
                labels.extend(chosen.split(',').map(name));
                rest = after;
            }
            named.metrics.push((word.to_owned(), labels));
        }
    }
    named
}

#[test]
fn names_of_expressions_are_read() {
    let read = named(
        "1 - sum by (gear, shard) (rate(gears_a_total{shard=~\"$s\",gear!=\"by\"}[5m])) / gears_b",
    );
    let metrics = [
        (
            "gears_a_total".to_owned(),
            vec!["shard".to_owned(), "gear".to_owned()],
        ),
        ("gears_b".to_owned(), vec![]),
    ];
    assert_eq!(read.metrics, metrics);
    assert_eq!(read.groups, ["gear", "shard"]);
}

/// Returns all expressions with how their lines are called.
fn expressions(dashboard: &Json) -> Vec<(String, String)> {
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let targets = panels
        .filter_map(|panel| panel["targets"].as_array())
        .flatten();
    let text = |json: &Json| json.as_str().unwrap().to_owned();
    targets
        .map(|target| (text(&target["expr"]), text(&target["legendFormat"])))
        .collect()
}

/// Checks that an expression names what is served; returns its metrics.
fn check(expression: &str, legend: &str, served: &Served) -> Vec<String> {
    let named = named(expression);
    assert!(!named.metrics.is_empty(), "{expression}");
    for (open, close) in [('(', ')'), ('{', '}'), ('[', ']')] {
        let count = |char| expression.matches(char).count();
        assert_eq!(count(open), count(close), "{expression}");
    }
    for (metric, labels) in &named.metrics {
        let has = served.get(metric);
        let has = has.unwrap_or_else(|| panic!("{metric} of {expression} is not served"));
        for label in labels.iter().chain(&named.groups) {
            assert!(has.contains(label), "{metric} has no {label}: {expression}");
        }
        for shown in legend.split("{{").skip(1) {
            let shown = shown.split_once("}}").unwrap().0;
            let is_there = if named.groups.is_empty() {
                has.contains(shown)
            } else {
                named.groups.iter().any(|group| group == shown)
            };
            assert!(is_there, "{expression} has no {shown} for {legend}");
        }
    }
    named
        .metrics
        .into_iter()
        .map(|(metric, _)| metric)
        .collect()
}

/// Says which metrics have this family's name, or a part's of a summary.
fn family(metric: &str) -> &str {
    let summary = ["_sum", "_count"]
        .iter()
        .find_map(|part| metric.strip_suffix(part));
    summary
        .filter(|name| name.ends_with("_seconds"))
        .unwrap_or(metric)
}

#[test]
fn dashboard_shows_what_is_served() {
    // It has functions of its own too.
    let cluster = ClusterPlan::default().valkey().start();
    let tool = Tool::at(cluster.server(0).url());
    tool.run(SCRIPT);
    let library = "#!python name=lib\nregister_function('one', lambda keys, args: 1)";
    let loaded = ask!(cluster.client(0), "FUNCTION", "LOAD", library);
    assert_eq!(loaded, "$\"lib\"");
    let figures = until("the shards are linked", || {
        let figures = Figures::read(&tool.call(["metrics"]).good());
        figures.names().contains("gears_link_up").then_some(figures)
    });
    let mut served = Served::new();
    for metric in &figures.metrics {
        let labels = served.entry(metric.name.clone()).or_default();
        labels.extend(metric.labels.keys().cloned());
    }

    let dashboard = Tool::nowhere().call(["metrics", "--dashboard"]).json();
    let mut shown = BTreeSet::new();
    for (expression, legend) in expressions(&dashboard) {
        let metrics = check(&expression, &legend, &served);
        shown.extend(metrics.iter().map(|metric| family(metric).to_owned()));
    }
    for variable in dashboard["templating"]["list"].as_array().unwrap() {
        let Some(query) = variable["definition"].as_str() else {
            assert_eq!(variable["type"], "datasource");
            continue;
        };
        let inside = query.strip_prefix("label_values(").unwrap();
        let (metric, label) = inside.trim_end_matches(')').split_once(", ").unwrap();
        assert!(served[metric].contains(label), "{query}");
        assert_eq!(variable["name"], label, "panels choose by it");
    }

    let all: BTreeSet<String> = served.keys().map(|name| family(name).to_owned()).collect();
    let missing: Vec<&String> = all.difference(&shown).collect();
    let reasons: Vec<&str> = NOT_SHOWN.iter().map(|(name, _)| *name).collect();
    assert_eq!(missing, reasons, "served, and on no panel");
}

#[test]
fn panels_have_numbers_and_places_of_their_own() {
    let dashboard = Tool::nowhere().call(["metrics", "--dashboard"]).json();
    let panels = dashboard["panels"].as_array().unwrap();
    let ids: BTreeSet<_> = panels.iter().map(|panel| panel["id"].as_u64()).collect();
    assert_eq!(ids.len(), panels.len());
    let places: BTreeSet<_> = panels
        .iter()
        .map(|panel| {
            (
                panel["gridPos"]["x"].as_u64(),
                panel["gridPos"]["y"].as_u64(),
            )
        })
        .collect();
    assert_eq!(places.len(), panels.len());
    let told = |panel: &&Json| panel["type"] != "row" && panel["description"] == "";
    assert_eq!(
        panels.iter().filter(told).count(),
        0,
        "each says what it shows"
    );
}
