package io.zrepl.endpoint.local.abstraction;

import io.zrepl.endpoint.local.CursorName;
import io.zrepl.endpoint.local.HoldTag;
import io.zrepl.model.Bookmark;
import io.zrepl.model.CreateTxg;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.Guid;
import io.zrepl.model.JobId;
import io.zrepl.model.Snapshot;
import io.zrepl.zfs.Hold;
import java.util.Comparator;
import java.util.Optional;

/**
 * One hold or bookmark of zrepl.
 *
 * @param type what it is
 * @param filesystem where it is
 * @param version the held snapshot, or the bookmark itself
 * @param job whose it is; empty exactly for {@link AbstractionType#LEGACY_CURSOR}
 */
public record Abstraction(
    AbstractionType type, DatasetPath filesystem, FilesystemVersion version, Optional<JobId> job) {

  /** By filesystem, then by age, then by type, name and job. */
  public static final Comparator<Abstraction> ORDER =
      Comparator.comparing(Abstraction::filesystem)
          .thenComparing(Abstraction::createTxg)
          .thenComparing(Abstraction::type)
          .thenComparing(Abstraction::fullPath)
          .thenComparing(abstraction -> abstraction.job.map(JobId::toString).orElse(""));

  /**
   * What tells it from others, however often it is listed: the number of holds of a snapshot, for
   * example, may change meanwhile.
   */
  public record Identity(AbstractionType type, String fullPath, Guid guid, Optional<JobId> job) {}

  /**
   * Recognises a bookmark.
   *
   * @return empty if it is none of zrepl's: also if its name is one but carries the guid of another
   *     snapshot
   */
  public static Optional<Abstraction> of(DatasetPath filesystem, Bookmark bookmark) {
    if (bookmark.name().equals(CursorName.LEGACY)) {
      return Optional.of(
          new Abstraction(AbstractionType.LEGACY_CURSOR, filesystem, bookmark, Optional.empty()));
    }
    return CursorName.of(bookmark)
        .map(name ->
            new Abstraction(
                switch (name.kind()) {
                  case REPLICATION -> AbstractionType.CURSOR;
                  case TENTATIVE -> AbstractionType.TENTATIVE_CURSOR;
                },
                filesystem,
                bookmark,
                Optional.of(name.job())));
  }

  /**
   * Recognises a hold.
   *
   * @param snapshot the one that it holds
   * @return empty if it is none of zrepl's
   */
  public static Optional<Abstraction> of(Hold hold, Snapshot snapshot) {
    return HoldTag.parse(hold.tag())
        .map(tag ->
            new Abstraction(
                switch (tag.kind()) {
                  case STEP -> AbstractionType.STEP_HOLD;
                  case LAST_RECEIVED -> AbstractionType.LAST_RECEIVED_HOLD;
                },
                hold.snapshot().filesystem(),
                snapshot,
                Optional.of(tag.job())));
  }

  /** The tag of a hold; empty for a bookmark. */
  public Optional<String> tag() {
    return job.flatMap(owner ->
        switch (type) {
          case STEP_HOLD -> Optional.of(new HoldTag(HoldTag.Kind.STEP, owner).text());
          case LAST_RECEIVED_HOLD ->
              Optional.of(new HoldTag(HoldTag.Kind.LAST_RECEIVED, owner).text());
          case TENTATIVE_CURSOR, CURSOR, LEGACY_CURSOR -> Optional.empty();
        });
  }

  /** Name of the held snapshot, or of the bookmark. */
  public String name() {
    return version.name();
  }

  /** Full name of the held snapshot, or of the bookmark. */
  public String fullPath() {
    return filesystem + version.relativeName();
  }

  /** The age of the held snapshot, or of that which the bookmark remembers. */
  public CreateTxg createTxg() {
    return version.createTxg();
  }

  /** What tells it from others. */
  public Identity identity() {
    return new Identity(type, fullPath(), version.guid(), job);
  }

  /** The form for people: {@code TYPE "TAG" on FS@SNAP}, or {@code TYPE FS#NAME}. */
  @Override
  public String toString() {
    return tag()
        .map(tag -> "%s \"%s\" on %s".formatted(type.text(), tag, fullPath()))
        .orElseGet(() -> type.text() + " " + fullPath());
  }
}
