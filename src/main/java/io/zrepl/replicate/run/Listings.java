package io.zrepl.replicate.run;

import io.zrepl.replicate.run.ReplicationAction.ListFilesystems;
import java.util.List;
import java.util.Optional;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The listings of an attempt: the first, then one for each wave of retries. One at a time, and one
 * owner thread.
 */
final class Listings {
  private final IntSupplier numbers;
  private @Nullable Listing open;
  private List<FilesystemWork> wave = List.of();

  /**
   * Makes one without an open listing.
   *
   * @param numbers gives each listing of the run another number
   */
  Listings(IntSupplier numbers) {
    this.numbers = numbers;
  }

  /**
   * A listing that both sides have answered.
   *
   * @param listing what they said
   * @param wave those that it was made for; empty for the first
   */
  record Complete(Listing listing, List<FilesystemWork> wave) {}

  /**
   * Begins a listing.
   *
   * @param filesystems those that it is for; empty for the first
   */
  ListFilesystems begin(List<FilesystemWork> filesystems) {
    open = new Listing();
    wave = List.copyOf(filesystems);
    return new ListFilesystems(numbers.getAsInt());
  }

  /** Those that the open listing is for. */
  List<FilesystemWork> wave() {
    return wave;
  }

  boolean isOpen() {
    return open != null;
  }

  /** A side has answered; gives the listing if the other one has, too. */
  Optional<Complete> answered(ReplicationEvent.Listed listed) {
    required().answered(listed.side(), listed.entries());
    return completed();
  }

  /** A side has failed; gives the listing if the other one has answered or failed, too. */
  Optional<Complete> failed(ReplicationEvent.ListingFailed failed) {
    required().failed(failed.failure());
    return completed();
  }

  private Listing required() {
    if (open == null) {
      throw new IllegalStateException("no listing is open");
    }
    return open;
  }

  private Optional<Complete> completed() {
    Listing listing = required();
    if (!listing.isComplete()) {
      return Optional.empty();
    }
    Complete complete = new Complete(listing, wave);
    forget();
    return Optional.of(complete);
  }

  /** Nobody waits for the open one any more. */
  void forget() {
    open = null;
    wave = List.of();
  }
}
