/**
 * The rows of the reliability table as experiments on real processes: nodes that are killed, frozen, cut off and restarted
 * under a flood, a store that is lost, and a verdict of the history checker on what every client has seen.
 * {@link im.hongyan.loadtest.experiment.Experiment} runs them from the command line; {@link
 * im.hongyan.loadtest.experiment.Cluster} and {@link im.hongyan.loadtest.experiment.Flock} are its servers and clients.
 */
package im.hongyan.loadtest.experiment;
