/**
 * Failure scenarios on real processes: nodes are killed, frozen, cut off and restarted under load, a store is lost,
 * and the history checker verifies what every client has seen. {@link im.hongyan.loadtest.experiment.Experiment} runs
 * them from the command line. {@link im.hongyan.loadtest.experiment.Cluster} and {@link
 * im.hongyan.loadtest.experiment.SimulatedUsers} are its servers and clients.
 */
package im.hongyan.loadtest.experiment;
