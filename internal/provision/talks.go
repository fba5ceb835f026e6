package provision

import "image/color"

// demoTalks are the conversations of info@, the oldest first.
func demoTalks() []talk {
	return append(olderTalks(), newerTalks()...)
}

func olderTalks() []talk {
	return []talk{
		{"Dana", "dana@example.com", "", "Opening hours over the holidays", 34, []turn{
			{text: "Hello,\n\nare you open between the holidays? I would like to come by on the 28th.\n\nKind regards\nDana\n"},
			{out: true, hours: 3, text: "Hello Dana,\n\nyes: on the 28th and 29th from 9 to 13. Afterwards we are back on the 2nd.\n\nKind regards\nInformation desk\n"},
			{hours: 2, text: "Perfect, thank you!\n\nDana\n"}}},
		{"Jörg", "joerg@example.org", "", "Rückfrage zur Rechnung Nr. 2041", 31, []turn{
			{text: "Guten Tag,\n\nauf der Rechnung 2041 fehlt unsere Bestellnummer. Könnten Sie sie bitte ergänzen?\nIm Anhang das Original.\n\nViele Grüße\nJörg\n",
				files: []attachment{document("Rechnung-2041.pdf", "Rechnung 2041")}},
			{out: true, hours: 20, text: "Guten Tag,\n\ngerne: anbei die Rechnung mit Ihrer Bestellnummer 7-118.\n\nMit freundlichen Grüßen\nIhr Informationsbüro\n",
				files: []attachment{document("Rechnung-2041a.pdf", "Rechnung 2041, Bestellung 7-118")}},
			{hours: 5, text: "Besten Dank, jetzt passt alles.\n\nJörg\n"}}},
		{"Camille", "camille@example.net", "", "Demande de documentation", 27, []turn{
			{text: "Bonjour,\n\npourriez-vous m'envoyer votre documentation en français ? Nous aimerions la présenter à l'équipe.\n\nMerci d'avance\nCamille\n",
				html: page("Documentation", "Bonjour,", "pourriez-vous m'envoyer votre documentation <b>en français</b> ? Nous aimerions la présenter à l'équipe.", "Merci d'avance<br>Camille")},
			{out: true, hours: 6, text: "Bonjour Camille,\n\nvoici la documentation. N'hésitez pas à nous écrire si quelque chose n'est pas clair.\n\nBien cordialement\n",
				files: []attachment{document("documentation-fr.pdf", "Documentation")}}}},
		{"Kenta", "kenta@example.com", "", "資料請求のお願い", 24, []turn{
			{text: "ご担当者様\n\nお世話になっております。製品の資料と価格表をお送りいただけますでしょうか。\nどうぞよろしくお願いいたします。\n\nKenta\n"},
			{out: true, hours: 30, text: "Kenta 様\n\nお問い合わせありがとうございます。資料を添付いたします。\n\nInformation desk\n",
				files: []attachment{document("catalogue.pdf", "Catalogue")}}}},
		{"Olena", "olena@example.org", "", "Запитання щодо доставки", 22, []turn{
			{text: "Доброго дня!\n\nЧи можлива доставка до кінця місяця? Нам потрібно двадцять штук.\n\nДякую,\nOlena\n"},
			{out: true, hours: 8, text: "Доброго дня!\n\nТак, двадцять штук надійдуть до вас 27-го.\n\nІнформаційний відділ\n"},
			{hours: 3, text: "Чудово, чекаємо. Дякую!\n"}}},
		{"Dana", "dana@example.com", "", "Lost umbrella", 19, []turn{
			{text: "Hello again,\n\nI think I left a dark blue umbrella in the waiting room. Did anybody find it?\n\nDana\n"},
			{out: true, hours: 1, text: "Hello Dana,\n\nis it this one? It is waiting for you at the desk.\n\nInformation desk\n",
				files: []attachment{picture("umbrella.png", color.RGBA{20, 40, 110, 255}, color.RGBA{60, 90, 180, 255})}},
			{hours: 4, text: "That is the one. I will fetch it tomorrow!\n"}}},
	}
}

func newerTalks() []talk {
	table := "<table border=\"1\"><tr><th>Room</th><th>Seats</th><th>From</th><th>To</th></tr><tr><td>North</td><td>24</td><td>9:00</td><td>12:30</td></tr></table>"
	return []talk{
		{"Marek", "marek@example.net", DemoAlias, "Offer for 40 licences", 16, []turn{
			{text: "Dear sales team,\n\nplease send us an offer for 40 licences, with and without support.\n\nMarek\n"},
			{out: true, hours: 22, text: "Dear Marek,\n\nattached you find both variants. The offer is valid for 30 days.\n\nKind regards\n",
				files: []attachment{document("offer-40.pdf", "Offer: 40 licences"), {"offer-40.csv", "text/csv", []byte("item,count,price\r\nlicence,40,12.00\r\nsupport,1,180.00\r\n")}}},
			{hours: 47, text: "Thank you. We take the variant with support. What do you need from us?\n"},
			{out: true, hours: 2, text: "Dear Marek,\n\nwonderful! Just your billing address and the name for the licence.\n"}}},
		{"Lucía", "lucia@example.com", "", "Reserva de sala para el martes", 12, []turn{
			{text: "Hola:\n\n¿podemos reservar la sala norte el martes de 9:00 a 12:30? Seremos 18 personas.\n\nGracias,\nLucía\n",
				html: page("Reserva", "Hola:", "¿podemos reservar la sala norte el martes de 9:00 a 12:30? Seremos <i>18 personas</i>.", "Gracias,<br>Lucía")},
			{out: true, hours: 5, text: "Hola Lucía:\n\nla sala está reservada. Adjuntamos un plano.\n\nSaludos\n",
				html:  page("Reserva", "Hola Lucía:", "la sala está reservada:", table),
				files: []attachment{picture("plano.png", color.RGBA{240, 240, 235, 255}, color.RGBA{120, 150, 120, 255})}}}},
		{"Newsletter", "news@example.org", "", "Your monthly overview", 9, []turn{
			{text: "This month:\n\n* three new guides\n* a workshop on shared mailboxes\n* answers to your questions\n",
				html: page("Overview", "<b>This month</b>", "<ul><li>three new guides</li><li>a workshop on shared mailboxes</li><li>answers to your questions</li></ul>")}}},
		{"Wei", "wei@example.net", "", "关于合同的问题", 7, []turn{
			{text: "您好:\n\n我们收到了合同草案,请问第四条中的付款期限可以延长到四十五天吗?\n\n谢谢\nWei\n"},
			{out: true, hours: 26, text: "您好:\n\n可以,我们已更新第四条,请查看附件。\n\nInformation desk\n",
				files: []attachment{document("contract-draft-2.pdf", "Contract, second draft")}},
			{hours: 10, text: "非常感谢,我们没有其他问题了。\n\nWei\n"}}},
		{"Noa", "noa@example.com", "", "שאלה לגבי ההזמנה", 5, []turn{
			{text: "שלום,\n\nמתי תגיע ההזמנה שלנו? הוזמנה ביום ראשון.\n\nתודה,\nNoa\n"}}},
		{"Jörg", "joerg@example.org", "", "Termin für die Wartung", 4, []turn{
			{text: "Guten Tag,\n\nwann wäre ein Termin für die jährliche Wartung möglich? Uns passt es donnerstags am besten.\n\nViele Grüße\nJörg\n"},
			{out: true, hours: 4, text: "Guten Tag,\n\nkommenden Donnerstag um 10 Uhr?\n\nIhr Informationsbüro\n"},
			{hours: 20, text: "Wunderbar, so machen wir es.\n\nJörg\n"}}},
		{"Ayşe", "ayse@example.net", DemoAlias, "Fiyat teklifi", 2, []turn{
			{text: "Merhaba,\n\n12 kişilik bir ekip için fiyat teklifi rica ediyoruz. Teslim süresi önemli.\n\nTeşekkürler\nAyşe\n"}}},
		{"Dana", "dana@example.com", "", "Feedback on the new form", 1, []turn{
			{text: "Hello,\n\nthe new form on your page loses the postcode when I go back one step. A picture is attached.\n\nBest\nDana\n",
				files: []attachment{picture("form.png", color.RGBA{250, 250, 250, 255}, color.RGBA{200, 60, 60, 255})}}}},
		{"Camille", "camille@example.net", "", "Visite de l'équipe la semaine prochaine 🚲", 1, []turn{
			{hours: 18, text: "Bonjour,\n\nnous viendrons à six, à vélo. Y a-t-il un endroit pour les garer ?\n\nÀ bientôt\nCamille\n"}}},
	}
}
