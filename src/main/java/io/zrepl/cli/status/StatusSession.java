package io.zrepl.cli.status;

import io.zrepl.control.ControlClient;
import io.zrepl.control.ControlException;
import io.zrepl.control.DaemonStatus;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * The shell around {@link StatusModel}: one thread owns the model and draws; others ask the daemon,
 * send signals and read keys, and report by a queue.
 */
public final class StatusSession {
  /** The shortest pause between two questions to the daemon. */
  public static final Duration SHORTEST_DELAY = Duration.ofSeconds(1);

  private sealed interface Event {
    record Pressed(Key key) implements Event {}

    record Answered(DaemonStatus status) implements Event {}

    record Failed(String text) implements Event {}

    record Told(String text, boolean error) implements Event {}

    record Resized() implements Event {}
  }

  /**
   * How the terminal is used.
   *
   * @param legacy whether to show the plain text of all jobs, without keys
   * @param job the only job to show, or empty text
   * @param delay pause between two questions; at least {@link #SHORTEST_DELAY}
   * @param coloured whether colours may be used
   * @param unicode whether the terminal shows more than ASCII
   */
  public record Options(
      boolean legacy, String job, Duration delay, boolean coloured, boolean unicode) {
    /** Corrects a delay that is too short. */
    public Options {
      delay = delay.compareTo(SHORTEST_DELAY) < 0 ? SHORTEST_DELAY : delay;
    }
  }

  private final ControlClient client;
  private final Options options;
  private final InstantSource clock;
  private final ZoneId zone;
  private final Terminal terminal;
  private final Painter painter;
  private final StatusModel model;
  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();

  /** Prepares; touches neither terminal nor daemon. */
  public StatusSession(
      ControlClient client, Options options, InstantSource clock, ZoneId zone, PrintStream out) {
    this.client = client;
    this.options = options;
    this.clock = clock;
    this.zone = zone;
    terminal = new Terminal(out);
    painter = new Painter(options.coloured(), options.unicode());
    model = new StatusModel(options.job());
  }

  /**
   * Shows the status until the user quits.
   *
   * @throws IOException if there is no terminal
   */
  public void run() throws IOException, InterruptedException {
    // Also when a signal ends the program.
    Thread restore = new Thread(terminal::leave, "terminal");
    Runtime.getRuntime().addShutdownHook(restore);
    try {
      terminal.enter();
      Terminal.onResize(() -> events.add(new Event.Resized()));
      start("keys", () -> terminal.readKeys(key -> events.add(new Event.Pressed(key))));
      start("daemon", this::ask);
      loop();
    } finally {
      terminal.leave();
    }
  }

  private static void start(String name, Runnable action) {
    Thread.ofPlatform().daemon().name(name).start(action);
  }

  private void loop() throws InterruptedException {
    Terminal.Size size = terminal.size();
    draw(size);
    while (true) {
      // All that waits, then one drawing.
      for (Event event = events.take(); event != null; event = events.poll()) {
        switch (event) {
          case Event.Answered answered -> model.answer(answered.status(), clock.instant());
          case Event.Failed failed -> model.failed(failed.text());
          case Event.Told told -> model.told(told.text(), told.error());
          case Event.Resized _ -> size = terminal.size();
          case Event.Pressed pressed -> {
            switch (model.key(pressed.key())) {
              case Effect.Quit _ -> {
                return;
              }
              case Effect.Suspend _ -> {
                terminal.suspend();
                painter.forget();
                size = terminal.size();
              }
              case Effect.Redraw _ -> {
                painter.forget();
                size = terminal.size();
              }
              case Effect.Signal signal -> start("signal", () -> tell(signal));
              case Effect.Draw _ -> {}
            }
          }
        }
      }
      draw(size);
    }
  }

  private void draw(Terminal.Size size) {
    Canvas canvas =
        options.legacy()
            ? LegacyScreen.draw(model, clock.instant(), zone, size.rows(), size.columns())
            : StatusScreen.draw(model, clock.instant(), zone, size.rows(), size.columns());
    terminal.show(painter.paint(canvas));
  }

  private void ask() {
    try {
      while (true) {
        try {
          events.add(new Event.Answered(client.status()));
        } catch (ControlException e) {
          events.add(new Event.Failed(String.valueOf(e.getMessage())));
        }
        Thread.sleep(options.delay());
      }
    } catch (InterruptedException e) {
      // nobody interrupts it but the end of the program
    }
  }

  private void tell(Effect.Signal signal) {
    try {
      client.signal(signal.job(), signal.operation());
      events.add(
          new Event.Told("%s: sent to %s".formatted(signal.operation(), signal.job()), false));
    } catch (ControlException e) {
      events.add(
          new Event.Told(
              "%s of %s refused: %s".formatted(signal.operation(), signal.job(), e.getMessage()),
              true));
    } catch (InterruptedException e) {
      // nobody interrupts it but the end of the program
    }
  }
}
