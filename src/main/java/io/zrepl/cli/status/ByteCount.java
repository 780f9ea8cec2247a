package io.zrepl.cli.status;

import io.zrepl.control.ReplicationStatus.Filesystem;
import io.zrepl.control.ReplicationStatus.Step;
import java.util.List;

/**
 * How much of a replication is done.
 *
 * @param replicated bytes so far
 * @param expected bytes in all: real ones of steps that are done, estimates of the others
 * @param complete whether each step that is not done has an estimate
 */
record ByteCount(long replicated, long expected, boolean complete) {

  /** Of one filesystem. */
  static ByteCount of(Filesystem filesystem) {
    long replicated = 0;
    long expected = 0;
    boolean complete = true;
    List<Step> steps = filesystem.steps();
    for (int i = 0; i < steps.size(); i++) {
      Step step = steps.get(i);
      replicated += step.bytesReplicated();
      boolean done = i < filesystem.currentStep();
      expected +=
          done ? step.bytesReplicated() : Math.max(step.bytesExpected(), step.bytesReplicated());
      complete &= done || step.bytesExpected() > 0;
    }
    return new ByteCount(replicated, expected, complete);
  }

  /** Of many. */
  static ByteCount of(List<Filesystem> filesystems) {
    long replicated = 0;
    long expected = 0;
    boolean complete = true;
    for (Filesystem filesystem : filesystems) {
      ByteCount one = of(filesystem);
      replicated += one.replicated;
      expected += one.expected;
      complete &= one.complete;
    }
    return new ByteCount(replicated, expected, complete);
  }

  /** Of those that have not failed: only they can still be replicated by this attempt. */
  static ByteCount ofUnfailed(List<Filesystem> filesystems) {
    return of(filesystems.stream().filter(fs -> fs.error().isEmpty()).toList());
  }

  /** 0 to 100; 100 only when all is done. */
  int percent() {
    return expected <= 0 ? 0 : Math.clamp((long) (100.0 * replicated / expected), 0, 100);
  }
}
