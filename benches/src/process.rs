//! What the system says of a process: its time on processors, and its memory.

use std::{error::Error, fs, time::Duration};

/// A process of this machine.
#[derive(Clone, Copy, Debug)]
pub struct Process(u32);

impl Process {
    /// Names a process by its number.
    pub fn new(pid: u32) -> Self {
        Self(pid)
    }

    /// Reads for how long its threads have run by now, in the program and in the system for it.
    ///
    /// The system counts in steps of some milliseconds.
    ///
    /// # Errors
    ///
    /// The process has ended, or the system tells it in another way.
    pub fn time(self) -> Result<Duration, Box<dyn Error>> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0))?;
        // The name may hold spaces, and ends with the last bracket.
        let (_, fields) = stat.rsplit_once(") ").ok_or("the system tells no times")?;
        let ticks = fields.split(' ').skip(11).take(2).map(str::parse::<u64>);
        let ticks = ticks.sum::<Result<u64, _>>()?;
        let rate = rustix::param::clock_ticks_per_second();
        Ok(Duration::from_secs_f64(ticks as f64 / rate as f64))
    }

    /// Reads its resident memory, in bytes.
    ///
    /// # Errors
    ///
    /// As [`time`](Self::time).
    pub fn resident(self) -> Result<u64, Box<dyn Error>> {
        self.memory("VmRSS:")
    }

    /// Reads the most resident memory that it had since [`forget_peak`](Self::forget_peak), in bytes.
    ///
    /// # Errors
    ///
    /// As [`time`](Self::time).
    pub fn peak(self) -> Result<u64, Box<dyn Error>> {
        self.memory("VmHWM:")
    }

    /// Has [`peak`](Self::peak) begin with the memory that it has now.
    ///
    /// # Errors
    ///
    /// The process has ended, or is not ours.
    pub fn forget_peak(self) -> Result<(), Box<dyn Error>> {
        fs::write(format!("/proc/{}/clear_refs", self.0), "5")?;
        Ok(())
    }

    fn memory(self, name: &str) -> Result<u64, Box<dyn Error>> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0))?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .ok_or("the system tells no such memory")?;
        let kib: u64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kib * 1024)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_has_time_and_memory() {
        let own = Process::new(std::process::id());
        let before = own.time().unwrap();
        while own.time().unwrap() == before {}
        own.forget_peak().unwrap();
        let resident = own.resident().unwrap();
        let much = vec![1_u8; 32 << 20];
        assert!(own.peak().unwrap() > resident + (16 << 20));
        drop(std::hint::black_box(much));
    }
}
