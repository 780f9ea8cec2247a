package io.zrepl.control;

import io.zrepl.control.PruningStatus.Filesystem;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** The block of the status text about pruning of one side. */
final class PruningText {
  private static final int BAR_CELLS = 80;
  private static final int TEXT_BESIDE_BAR = 40;

  private final StatusText frame;
  private final TextPage page;

  PruningText(StatusText frame, TextPage page) {
    this.frame = frame;
    this.page = page;
  }

  /** A filesystem and whether its turn is over. */
  private record Row(Filesystem filesystem, boolean completed) {}

  void block(Optional<PruningStatus> report) {
    if (report.isEmpty()) {
      page.line("...");
      return;
    }
    PruningStatus pruning = report.get();
    page.line("Status: " + pruning.state().wireName());
    if (!pruning.error().isEmpty()) {
      page.line("Error: " + pruning.error());
    }
    if (!pruning.state().planned()) {
      return;
    }
    List<Row> rows = rows(pruning);
    if (rows.isEmpty()) {
      page.line("nothing to do");
      return;
    }
    if (pruning.state() == PruningStatus.State.EXECUTE) {
      long done = destroyed(pruning.completed());
      long total = done + destroyed(pruning.pending());
      page.line(
          "Progress: %s %d/%d snapshots"
              .formatted(frame.bar(BAR_CELLS, TEXT_BESIDE_BAR, done, total), done, total));
    }
    int longest = rows.stream().mapToInt(row -> row.filesystem().name().length()).max().orElse(0);
    rows.forEach(
        row -> page.line(StatusText.padded(row.filesystem().name(), longest) + " " + outcome(row)));
  }

  private static List<Row> rows(PruningStatus pruning) {
    List<Row> rows = new ArrayList<>();
    pruning.pending().forEach(fs -> rows.add(new Row(fs, false)));
    pruning.completed().forEach(fs -> rows.add(new Row(fs, true)));
    rows.sort(Comparator.comparing(row -> row.filesystem().name()));
    return rows;
  }

  private static long destroyed(List<Filesystem> filesystems) {
    return filesystems.stream().mapToLong(fs -> fs.destroyed().size()).sum();
  }

  private static String spared(List<String> spared) {
    return switch (spared.size()) {
      case 0 -> "";
      case 1 -> "; one stays that no rule keeps: " + spared.getFirst();
      default ->
          "; %d stay that no rule keeps, such as %s".formatted(spared.size(), spared.getFirst());
    };
  }

  private String outcome(Row row) {
    Filesystem fs = row.filesystem();
    if (!fs.skipReason().isEmpty()) {
      return "skipped: "
          + fs.skipReason()
          + (fs.onlyOnReceiver() ? " (" + frame.ageAndSize(fs) + ")" : "");
    }
    if (!fs.lastError().isEmpty()) {
      return "ERROR: " + fs.lastError();
    }
    String counts =
        "(destroy %d of %d snapshots%s)"
            .formatted(fs.destroyed().size(), fs.snapshots().size(), spared(fs.spared()));
    if (row.completed()) {
      return "Completed  " + counts;
    }
    return "Pending    " + (fs.destroyed().size() == 1 ? fs.destroyed().getFirst().name() : counts);
  }
}
