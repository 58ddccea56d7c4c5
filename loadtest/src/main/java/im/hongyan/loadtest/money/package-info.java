/**
 * Checks money: compares what clients were answered ({@link im.hongyan.loadtest.money.MoneyHistory}) with what the
 * server shows them at the end ({@link im.hongyan.loadtest.money.LedgerSnapshot}), rule by rule.
 */
package im.hongyan.loadtest.money;
