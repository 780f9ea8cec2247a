package io.zrepl.replicate.run;

import io.zrepl.endpoint.FilesystemEntry;
import io.zrepl.model.DatasetPath;
import io.zrepl.replicate.report.FilesystemReport;
import java.util.Optional;

/**
 * One filesystem in an attempt: what the sides said about it, and how it stands. Written by the
 * driver's thread; only {@link #report} may be called by others.
 */
final class FilesystemWork {
  private final DatasetPath path;
  private final boolean wasAbsent;
  private FilesystemEntry sender;
  private Optional<FilesystemEntry> receiver;
  private Optional<String> unusableToken = Optional.empty();
  private boolean conflict;
  private boolean arrived;
  private boolean wokenUp;
  private int estimated;
  // published by the driver's thread to readers of reports
  private volatile FilesystemStatus status = FilesystemStatus.INITIAL;

  FilesystemWork(FilesystemEntry sender, Optional<FilesystemEntry> receiver) {
    this.path = sender.path();
    this.wasAbsent = receiver.isEmpty();
    this.sender = sender;
    this.receiver = receiver;
  }

  DatasetPath path() {
    return path;
  }

  FilesystemEntry sender() {
    return sender;
  }

  Optional<FilesystemEntry> receiver() {
    return receiver;
  }

  /** Whether the receiver had nothing of it, not even partial state, when the attempt began. */
  boolean wasAbsent() {
    return wasAbsent;
  }

  /** What the sides say now, after an interrupted step; a new token is given a new chance. */
  void refresh(FilesystemEntry newSender, Optional<FilesystemEntry> newReceiver) {
    sender = newSender;
    receiver = newReceiver;
    unusableToken = Optional.empty();
  }

  Optional<String> unusableToken() {
    return unusableToken;
  }

  void markTokenUnusable(String reason) {
    unusableToken = Optional.of(reason);
  }

  /** Whether a step of it arrived that the sender could not be told of. */
  boolean hasArrived() {
    return arrived;
  }

  void markArrived() {
    arrived = true;
  }

  /** Somebody believes that what failed may succeed now, while an action runs for it. */
  void wakeUp() {
    wokenUp = true;
  }

  /** Whether it was woken up since its action began; takes it back. */
  boolean takeWakeup() {
    boolean taken = wokenUp;
    wokenUp = false;
    return taken;
  }

  /** Has a new plan, of which no step has been tried to estimate. */
  void plan(StepList steps) {
    estimated = 0;
    become(status.withSteps(steps));
  }

  /** The first open step whose size was not asked for yet. */
  Optional<StepProgress> nextToEstimate() {
    if (!status.phase().isEstimated()) {
      return Optional.empty();
    }
    for (int i = Math.max(estimated, status.completed()); i < status.steps().size(); i++) {
      StepProgress step = status.steps().get(i);
      if (step.bytesExpected().isEmpty() && !step.confirmOnly()) {
        estimated = i;
        return Optional.of(step);
      }
    }
    estimated = status.steps().size();
    return Optional.empty();
  }

  /** The step that {@link #nextToEstimate} gave has been tried. */
  void estimateTried(StepProgress step) {
    if (estimated < status.steps().size() && status.steps().get(estimated).equals(step)) {
      estimated++;
    }
  }

  /** Whether its failure is a conflict: this run would not create it on the receiver anyway. */
  boolean hasConflict() {
    return conflict;
  }

  void markConflict() {
    conflict = true;
  }

  FilesystemStatus status() {
    return status;
  }

  FilesystemPhase phase() {
    return status.phase();
  }

  void become(FilesystemStatus next) {
    status = next;
  }

  /** Any thread. */
  FilesystemReport report() {
    return status.report(path);
  }

  @Override
  public String toString() {
    return path + " " + phase();
  }
}
