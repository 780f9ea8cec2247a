package io.zrepl.zfs;

import io.zrepl.base.HeapSpace;
import io.zrepl.model.FailureScope;

/**
 * How much of the heap the answer to a command may take, and what is said beyond. A listing that
 * does not fit fails its job, before the whole program runs out of memory.
 */
final class MemoryLimit {
  /** For output that is read as a whole: text and what is parsed from it take several times it. */
  static final long OF_TEXT = HeapSpace.OF_THIS_PROGRAM.size() / 8;

  private MemoryLimit() {}

  /**
   * The failure of whoever asked for too much. Not temporary: it would be as much again.
   *
   * @param what a clause, "it is very large"
   */
  static ZfsException exceeded(String what) {
    return new ZfsException(
        FailureScope.JOB,
        false,
        "%s, which is too much for the memory of %d MiB that this program may use"
            .formatted(what, HeapSpace.OF_THIS_PROGRAM.size() >> 20),
        "give it a larger heap (ZREPL_JAVA_OPTS=-Xmx...), or let the job cover less",
        null);
  }
}
