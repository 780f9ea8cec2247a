package io.zrepl.replicate.run;

import io.zrepl.endpoint.FilesystemEntry;
import io.zrepl.model.DatasetPath;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The answers of both sides to one request to list their filesystems. One owner thread. */
final class Listing {
  private @Nullable NavigableMap<DatasetPath, FilesystemEntry> sender;
  private @Nullable NavigableMap<DatasetPath, FilesystemEntry> receiver;
  private final List<Failure> failures = new ArrayList<>();
  private int answers;

  void answered(Side side, List<FilesystemEntry> entries) {
    NavigableMap<DatasetPath, FilesystemEntry> byPath = new TreeMap<>();
    for (FilesystemEntry entry : entries) {
      if (byPath.put(entry.path(), entry) != null) {
        failed(
            Failure.permanent(
                side,
                "the %s lists filesystem %s twice".formatted(side.text(), entry.path()),
                Optional.empty()));
        return;
      }
    }
    if (side == Side.SENDER) {
      sender = byPath;
    } else {
      receiver = byPath;
    }
    answers++;
  }

  void failed(Failure failure) {
    failures.add(failure);
    answers++;
  }

  boolean isComplete() {
    return answers == Side.values().length;
  }

  /**
   * Why it failed. If both sides did, the graver failure counts, with both messages: one that will
   * not pass by itself, then the sender's.
   */
  Optional<Failure> failure() {
    if (failures.size() < 2) {
      return failures.stream().findFirst();
    }
    Failure first =
        failures.stream().filter(f -> !f.temporary()).findFirst().orElse(failures.get(0));
    Failure second = failures.get(0).equals(first) ? failures.get(1) : failures.get(0);
    return Optional.of(first.withMessage(first.message() + "; and " + second.message()));
  }

  NavigableMap<DatasetPath, FilesystemEntry> sender() {
    return required(sender);
  }

  NavigableMap<DatasetPath, FilesystemEntry> receiver() {
    return required(receiver);
  }

  private static NavigableMap<DatasetPath, FilesystemEntry> required(
      @Nullable NavigableMap<DatasetPath, FilesystemEntry> entries) {
    if (entries == null) {
      throw new IllegalStateException("a side has not been listed");
    }
    return entries;
  }

  Optional<FilesystemEntry> onReceiver(DatasetPath path) {
    return Optional.ofNullable(receiver().get(path));
  }

  /** Real filesystems of the receiver that the sender does not offer. */
  List<DatasetPath> onlyOnReceiver() {
    return receiver().values().stream()
        .filter(entry -> !entry.placeholder() && !sender().containsKey(entry.path()))
        .map(FilesystemEntry::path)
        .toList();
  }
}
