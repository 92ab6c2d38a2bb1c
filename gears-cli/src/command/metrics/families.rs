//! All metrics there are.

/// What becomes of the values of a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Grows, until it begins anew.
    Counter,
    /// Is what it is at the moment.
    Gauge,
    /// Quantiles, with how many there were and their sum.
    Summary,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Summary => "summary",
        }
    }
}

/// A metric with what it means.
#[derive(Debug)]
pub(super) struct Family {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) help: &'static str,
}

macro_rules! families {
    ($($kind:ident $constant:ident $name:literal $help:literal)*) => {
        $(pub(super) const $constant: Family = Family {
            name: $name,
            kind: Kind::$kind,
            help: $help,
        };)*

        /// All of them, in the order in which they are shown.
        pub(super) const ALL: &[&Family] = &[$(&$constant),*];
    };
}

families! {
    Gauge UP "gears_up" "Whether the shard answered all that was asked."
    Gauge BUILD "gears_build_info" "The engine of the shard and its Python; always 1."
    Gauge REGISTRATIONS "gears_registrations" "Functions that are registered."
    Counter CALLS "gears_calls_total" "Runs of a gear that ended, however."
    Counter FAILURES "gears_failures_total" "Runs of a gear that ended with an error, deadlines included."
    Counter DEADLINES "gears_deadlines_total" "Runs of a gear that were ended at their deadline."
    Counter ABORTED "gears_aborted_total" "Runs of a gear that were aborted before they began, or while they waited; those that were aborted in their code are failures."
    Summary DURATION "gears_run_duration_seconds" "How long runs of a gear took, without those that were aborted; quantiles since it was registered or its counts were cleared, an eighth too long at most."
    Gauge WAITING "gears_waiting" "Executions of a gear that have not begun."
    Gauge RUNNING "gears_running" "Executions of a gear that have begun and not ended."
    Gauge KEPT "gears_kept_events" "Events that are kept until the packages of a gear are there."
    Counter DROPPED "gears_dropped_events_total" "Events that a gear did not get, because too much waited."
    Gauge LAG "gears_stream_lag_seconds" "How long the last entry that a gear took from its stream had been there when that was done."
    Gauge READS "gears_stream_reading" "Whether a gear of a stream reads on: 0 when it is paused or was stopped by a failure."
    Counter FUNCTION_CALLS "gears_function_calls_total" "Calls of a function of the server's own in Python, by FCALL, that ended, however."
    Counter FUNCTION_FAILURES "gears_function_failures_total" "Calls of a function that were answered with an error, those that were killed included."
    Counter FUNCTION_KILLED "gears_function_killed_total" "Calls of a function that somebody killed."
    Summary FUNCTION_DURATION "gears_function_duration_seconds" "How long calls of a function took; quantiles since its library was loaded, an eighth too long at most."
    Counter DROPPED_ALL "gears_shard_dropped_events_total" "Events that gears of the shard did not get, also those that are not registered any more."
    Gauge QUEUE "gears_queue_waiting" "Executions that wait for a worker."
    Gauge QUEUE_LIMIT "gears_queue_limit" "So many may wait: the setting ExecutionQueue."
    Gauge WORKERS "gears_workers" "Threads that run gears."
    Gauge WORKERS_BUSY "gears_workers_busy" "Threads that run one at the moment."
    Gauge WORKERS_LOST "gears_workers_lost" "Threads in functions that were given up and do not come back."
    Gauge WRITERS "gears_writers_waiting" "Clients whose writes wait until events have been taken."
    Gauge THREADS "gears_python_threads" "Threads that scripts have started and that live."
    Gauge GIL "gears_gil_held_seconds" "For how long one function has kept Python to itself; 0 when none does."
    Gauge DEADLINE "gears_deadline_seconds" "How long functions may take that say nothing themselves: SyncDeadline and AsyncDeadline; 0 is for ever."
    Gauge MEMORY "gears_python_memory_bytes" "Memory that Python holds."
    Gauge MEMORY_PEAK "gears_python_memory_peak_bytes" "The most that it held."
    Gauge MEMORY_LIMIT "gears_python_memory_limit_bytes" "What it may hold: the setting PythonMemoryLimit; 0 is without end."
    Gauge PACKAGES_MISSING "gears_sessions_waiting_for_packages" "Scripts whose functions cannot run before their packages are installed."
    Counter INSTALLS_FAILED "gears_package_installs_failed_total" "Installations of packages of loaded scripts that failed."
    Gauge LINK "gears_link_up" "Whether the link to another shard stands."
    Gauge LINK_HEARS "gears_link_hears" "Whether the link from that shard to this one stands."
    Gauge LINK_WAITING "gears_link_waiting_bytes" "What waits to be sent to another shard."
    Counter LINK_SENT "gears_link_sent_bytes_total" "What was sent to another shard."
    Counter LINK_RESENT "gears_link_resent_frames_total" "Frames that had to be sent once more."
}
